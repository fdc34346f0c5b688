import { readFileSync } from 'node:fs';
import { Client } from '../src/index.js';

export const KEY = { keyId: `pk_${'a'.repeat(24)}`, secret: `sk_${'0'.repeat(64)}` };
const root = new URL('../../../', import.meta.url);
const fileOf = (variable, path) => JSON.parse(readFileSync(process.env[variable] ?? new URL(path, root), 'utf8'));

export const conformance = () => fileOf('PURSER_API_CONFORMANCE', 'clients/conformance/requests.json');
export const webhookVectors = () => fileOf('PURSER_API_WEBHOOK_VECTORS', 'mysql-test/unit/vectors/webhooks.json');

/** The body of a case of the conformance file. */
export function bodyOf(one) {
  if (one.body_base64 !== undefined) {
    return Buffer.from(one.body_base64, 'base64');
  }
  if (one.body_repeat) {
    const { before, text, count, after } = one.body_repeat;
    return Buffer.from(before + text.repeat(count) + after);
  }
  return Buffer.from(one.body ?? '');
}

export const json = (status, value, headers = {}) => new Response(JSON.stringify(value), {
  status,
  headers: { 'Content-Type': status < 400 ? 'application/json' : 'application/problem+json', ...headers },
});
export const problem = (status, name, headers, more = {}) => json(status, {
  type: `urn:purser:problem:${name}`, title: 'A title', status, detail: 'A detail', ...more,
}, headers);

/** A client whose answers are those given, one after the other (an Error is thrown); it keeps what was sent and slept. */
export function scripted(answers, options = {}) {
  const sent = [];
  const slept = [];
  const fetch = async (url, request) => {
    sent.push({ url: String(url), ...request });
    const answer = answers.shift();
    if (answer instanceof Error) {
      throw answer;
    }
    return typeof answer === 'function' ? answer(request) : answer;
  };
  const client = new Client({
    baseUrl: 'https://api.shop.example', ...KEY, fetch, sleep: async (seconds) => { slept.push(seconds); }, ...options,
  });
  return { client, sent, slept };
}
