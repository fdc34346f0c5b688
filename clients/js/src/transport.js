// One try of a request over fetch: with a limit on its time and on the size of its answer.
import { ConnectionFailed, RequestTimeout, UnexpectedAnswer } from './errors.js';

export const ANSWER_MAX = 16 * 1024 * 1024;

async function readAll(response) {
  const parts = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    length += part.byteLength;
    if (length > ANSWER_MAX) { // leaving the loop cancels the rest
      throw new UnexpectedAnswer(`an answer of more than ${ANSWER_MAX} bytes`, { status: response.status });
    }
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** { status, headers (names in lower case), body }. A redirect is not followed: it is not what was signed. */
export async function send(fetch, url, { method, headers, body }, timeout, signal) {
  signal?.throwIfAborted();
  const limit = new AbortController();
  const stop = () => limit.abort(signal.reason);
  const timer = setTimeout(() => limit.abort(new Error('time-out')), timeout * 1000);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const options = { method, headers, redirect: 'manual', signal: limit.signal };
    if (body && method !== 'GET' && method !== 'HEAD') { // Node 18 cannot send an empty one with DELETE
      options.body = body;
    }
    const response = await fetch(url, options);
    return {
      status: response.status,
      headers: Object.fromEntries([...response.headers].map(([name, value]) => [name.toLowerCase(), value])),
      body: await readAll(response),
    };
  } catch (cause) {
    if (cause instanceof UnexpectedAnswer) {
      throw cause;
    }
    if (signal?.aborted) {
      throw signal.reason; // the caller's own
    }
    if (limit.signal.aborted) {
      throw new RequestTimeout(`no answer within ${timeout} seconds`, { cause });
    }
    throw new ConnectionFailed(`no connection: ${cause?.cause?.message ?? cause?.message}`, { cause });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}
