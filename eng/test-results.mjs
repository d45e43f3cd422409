// Reads a test run's results (Common Test Report Format, https://ctrf.io), names each test that failed on the error output, and prints
// "<passed> <failed> <skipped>".
import { readFileSync } from "node:fs";

const longestMessage = 2000; // characters of a failed test's message and of its trace

const { summary, tests, extra } = JSON.parse(readFileSync(process.argv[2], "utf8")).results;
const errors = (extra?.suites ?? []).flatMap(suite => suite.errors ?? []);
const cut = text => (text ?? "").trim().slice(0, longestMessage).replaceAll(/^/gm, "    ");

for (const { name, duration, message, trace } of tests.filter(({ status }) => status === "failed")) {
  console.error(`FAILED ${name} (${duration} ms)\n${cut(message)}\n${cut(trace)}`);
}
for (const error of errors) {
  console.error(`FAILED outside a test\n${cut(JSON.stringify(error, null, 2))}`);
}
console.log(summary.passed, summary.failed + errors.length, summary.skipped + summary.pending + summary.other);
