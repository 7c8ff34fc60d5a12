/** Where a flow tells what it does and sees. */
export interface Report {
  /** A step begins. */
  step(number: number, title: string): void;
  /** Something was seen: a status, a header, a claim. */
  saw(text: string): void;
  /** A check passed. */
  passed(text: string): void;
}

/** A report for people: plain words on standard output, a tick per check. */
export const printedReport: Report = {
  step: (number, title) => console.log(`\n${number}. ${title}`),
  saw: (text) => console.log(`     ${text}`),
  passed: (text) => console.log(`   ✓ ${text}`),
};

/** A report for tests, which have their own. */
export const silentReport: Report = { step: () => undefined, saw: () => undefined, passed: () => undefined };

/** A check that failed, in words that say what was expected and what was seen. */
export class CheckFailed extends Error {
  override readonly name = 'CheckFailed';
}
