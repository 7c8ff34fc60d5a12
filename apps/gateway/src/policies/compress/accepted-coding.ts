/**
 * The coding that a caller wants most among those that we have, the first of them where it does not care (RFC 9110
 * §12.5.3). @returns undefined where none: the answer stays as it is
 */
export function acceptedCoding<Coding extends string>(
  field: string | undefined,
  codings: readonly Coding[],
): Coding | undefined {
  if (field === undefined) return undefined;
  const weights = new Map<string, number>();
  for (const item of field.toLowerCase().split(',')) {
    const [name, ...parameters] = item.split(';').map((part) => part.trim());
    const q = parameters.find((one) => /^q\s*=/.test(one));
    const weight = q === undefined ? 1 : Number(q.replace(/^q\s*=\s*/, ''));
    if (name && weight >= 0 && weight <= 1) weights.set(name === 'x-gzip' ? 'gzip' : name, weight);
  }
  const others = weights.get('*') ?? 0;
  let best: Coding | undefined;
  let most = 0;
  for (const coding of codings) {
    const weight = weights.get(coding) ?? others;
    if (weight > most) [best, most] = [coding, weight];
  }
  return most >= (weights.get('identity') ?? 0) ? best : undefined;
}
