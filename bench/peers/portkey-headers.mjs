/**
 * Loaded into Portkey's gateway before it starts. Version 1.15.2, with the packages that npm installs for it, answers every
 * streamed call with 500: it adds header fields to what fetch answered, whose own cannot be changed. Here they can.
 */
const { fetch: original, Response: Answer } = globalThis;

globalThis.fetch = async (...args) => {
  const answer = await original(...args);
  return new Answer(answer.body, { status: answer.status, headers: answer.headers });
};
