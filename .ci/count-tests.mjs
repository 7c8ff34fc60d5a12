// Judges the result files of `jest --json`.
//   count-tests.mjs check FILE             fails when a test failed, was skipped, or none ran
//   count-tests.mjs failed FILE            the number of failed tests; 0 where the file is absent
//   count-tests.mjs suites FILE            the files of the suites that failed; none where the file is absent
//   count-tests.mjs merge FILE AGAIN       puts what came of a second run of some suites in place of the first
//   count-tests.mjs total EXTRA [FILE…]    `N passed, N failed`; EXTRA is added to the failed
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const [command, first, ...rest] = process.argv.slice(2);
const read = (file) => JSON.parse(readFileSync(file, 'utf8'));

function check(result) {
  const { numTotalTests, numPassedTests, numFailedTests, numPendingTests, numTodoTests } = result;
  const skipped = numPendingTests + numTodoTests + result.numPendingTestSuites;
  console.log(
    `${numPassedTests} of ${numTotalTests} tests passed, ${numFailedTests} failed, ${skipped} skipped`,
  );
  for (const suite of result.testResults) {
    for (const test of suite.assertionResults) {
      if (test.status !== 'passed') console.log(`  ${test.status}: ${suite.name}: ${test.fullName}`);
    }
  }
  if (skipped > 0) console.log('A skipped test is a failure here: start what it needs, or mend the test.');
  return result.success && numTotalTests > 0 && skipped === 0;
}

function merge(result, again) {
  const renewed = new Map(again.testResults.map((suite) => [suite.name, suite]));
  const testResults = result.testResults.map((suite) => renewed.get(suite.name) ?? suite);
  const statuses = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .map(({ status }) => status);
  const count = (wanted) => statuses.filter((status) => status === wanted).length;
  return {
    ...result,
    testResults,
    numTotalTests: statuses.length,
    numPassedTests: count('passed'),
    numFailedTests: count('failed'),
    numPendingTests: count('pending'),
    numTodoTests: count('todo'),
    success: testResults.every(({ status }) => status === 'passed'),
  };
}

function suites(result) {
  return result.testResults.filter(({ status }) => status === 'failed').map(({ name }) => name);
}

function total(extraFailures, files) {
  const results = files.filter(existsSync).map(read);
  const sum = (member) => results.reduce((count, result) => count + result[member], 0);
  return `${sum('numPassedTests')} passed, ${sum('numFailedTests') + extraFailures} failed`;
}

if (command === 'check') process.exitCode = check(read(first)) ? 0 : 1;
else if (command === 'failed') console.log(existsSync(first) ? read(first).numFailedTests : 0);
else if (command === 'suites') console.log(existsSync(first) ? suites(read(first)).join('\n') : '');
else if (command === 'merge') writeFileSync(first, JSON.stringify(merge(read(first), read(rest[0]))));
else if (command === 'total') console.log(total(Number(first), rest));
else
  throw new Error(
    'usage: count-tests.mjs check FILE | failed FILE | suites FILE | merge FILE AGAIN | total EXTRA [FILE…]',
  );
