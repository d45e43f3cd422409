// One request a line, one answer a line: { text } in, { errors: [...], documents: [...] } out. Ends with its input.
import { createInterface } from 'node:readline';

export async function answerLines(check) {
  for await (const line of createInterface({ input: process.stdin })) {
    const { text } = JSON.parse(line);
    process.stdout.write(`${JSON.stringify(await check(text))}\n`);
  }
}
