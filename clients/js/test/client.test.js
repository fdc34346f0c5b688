import test from 'node:test';
import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import * as purser from '../src/index.js';
import { json, KEY, problem, scripted } from './support.js';

const { Client, RetryPolicy } = purser;

test('each operation sends its method, target and body', async () => {
  const page = { data: [], next_cursor: null };
  const calls = [
    [(c) => c.usage(), {}, 'GET', '/v1/usage'],
    [(c) => c.usageHistoryPage({ limit: 3, cursor: 'a+b' }), page, 'GET', '/v1/usage/history?limit=3&cursor=a%2Bb'],
    [(c) => c.package(), {}, 'GET', '/v1/package'],
    [(c) => c.transactionsPage({ from: new Date(0), limit: 2 }), page, 'GET', '/v1/transactions?from=1970-01-01T00%3A00%3A00.000Z&limit=2'],
    [(c) => c.reconciliation('2026-11-20'), {}, 'GET', '/v1/reconciliation?date=2026-11-20'],
    [(c) => c.rateLimitCheck({ identifier: 'é', endpoint: '/login', maxRequests: 5, windowSeconds: 60 }), {}, 'POST', '/v1/rate-limit/check',
      { identifier: 'é', endpoint: '/login', max_requests: 5, window_seconds: 60 }],
    [(c) => c.verifyWebhook({ gateway: 'g', signature: 's', body: 'text' }), { valid: true }, 'POST', '/v1/webhooks/verify',
      { gateway: 'g', signature: 's', body: 'text' }],
    [(c) => c.verifyWebhook({ gateway: 'g', signature: 's', body: Uint8Array.of(0, 255), url: 'https://x/' }), { valid: true }, 'POST',
      '/v1/webhooks/verify', { gateway: 'g', signature: 's', body_base64: 'AP8=', url: 'https://x/' }],
    [(c) => c.auditCheckpoint(), {}, 'GET', '/v1/audit/checkpoint'],
    [(c) => c.openapi(), {}, 'GET', '/v1/openapi.json'],
    [(c) => c.request('DELETE', '/v1/日本/a b', { query: { 'ü': 'x y', none: undefined } }), {}, 'DELETE', '/v1/%E6%97%A5%E6%9C%AC/a%20b?%C3%BC=x%20y'],
  ];
  for (const [call, answer, method, target, body] of calls) {
    const { client, sent } = scripted([json(200, answer)]);
    await call(client);
    assert.equal(sent[0].method, method);
    assert.equal(sent[0].url, `https://api.shop.example${target}`);
    assert.equal(sent[0].redirect, 'manual');
    assert.deepEqual(body && JSON.parse(sent[0].body), body);
    assert.equal('X-Purser-Signature' in sent[0].headers, !target.endsWith('openapi.json'));
    assert.equal('Idempotency-Key' in sent[0].headers, method === 'POST');
    if (sent[0].headers['X-Purser-Signature']) {
      const { 'X-Purser-Timestamp': timestamp, 'X-Purser-Nonce': nonce, 'X-Purser-Signature': signature } = sent[0].headers;
      assert.equal(signature, `v1=${purser.sign(KEY.secret, { ...KEY, timestamp, nonce, method, target, body: sent[0].body ?? '' })}`);
    }
  }
});

test('a path before /v1 is not signed', async () => {
  const { client, sent } = scripted([json(200, {})], { baseUrl: 'https://shop.example/purser/' });
  await client.usage();
  assert.equal(sent[0].url, 'https://shop.example/purser/v1/usage');
  const { 'X-Purser-Timestamp': timestamp, 'X-Purser-Nonce': nonce, 'X-Purser-Signature': signature } = sent[0].headers;
  assert.equal(signature, `v1=${purser.sign(KEY.secret, { ...KEY, timestamp, nonce, method: 'GET', target: '/v1/usage' })}`);
});

test('wrong options are refused, and the secret is not shown', () => {
  const good = { baseUrl: 'https://api.shop.example', ...KEY };
  for (const bad of [{ baseUrl: 'nonsense' }, { baseUrl: 'ftp://x' }, { baseUrl: 'https://u:p@x' }, { baseUrl: 'https://x/?a' }, { keyId: 'x' },
    { secret: 'x' }, { timeout: 0 }, { timeout: 'x' }, { timeout: Infinity }, { retries: -1 }, { retries: 21 }]) {
    assert.throws(() => new Client({ ...good, ...bad }), /TypeError|RangeError/, JSON.stringify(bad));
  }
  assert.throws(() => new Client(), TypeError);
  const client = new Client(good);
  assert.ok(!inspect(client, { showHidden: true, depth: 9 }).includes(KEY.secret) && !JSON.stringify(client).includes('sk_'));
});

test('a path that a URL would change is refused', async () => {
  const { client } = scripted([]);
  await assert.rejects(client.request('GET', '/v1/../x'), TypeError);
});

test('a failed GET is sent again, signed anew', async () => {
  const cut = new TypeError('fetch failed', { cause: new Error('socket hang up') });
  const { client, sent, slept } = scripted([cut, problem(503, 'unavailable'), json(200, { month: '2026-11' })]);
  assert.equal((await client.usage()).month, '2026-11');
  assert.equal(slept.length, 2);
  assert.equal(new Set(sent.map((one) => one.headers['X-Purser-Nonce'])).size, 3);
});

test('a POST keeps its Idempotency-Key when it is sent again', async () => {
  const check = { identifier: 'a', endpoint: 'b', maxRequests: 1, windowSeconds: 1 };
  const { client, sent } = scripted([problem(502, 'x'), problem(409, 'idempotency-in-progress'), json(200, { allowed: true })]);
  assert.equal((await client.rateLimitCheck(check)).allowed, true);
  assert.equal(new Set(sent.map((one) => one.headers['Idempotency-Key'])).size, 1);
  const own = scripted([json(200, {})]);
  await own.client.rateLimitCheck(check, { idempotencyKey: 'mine' });
  assert.equal(own.sent[0].headers['Idempotency-Key'], 'mine');
  for (const bad of ['', 'a b', 'ü', 'a'.repeat(65), 5]) {
    await assert.rejects(own.client.rateLimitCheck(check, { idempotencyKey: bad }), TypeError);
  }
});

test('a POST without an Idempotency-Key is not sent again', async () => {
  const { client, sent } = scripted([problem(503, 'unavailable')]);
  await assert.rejects(client.rateLimitCheck({}, { idempotencyKey: false }), purser.Unavailable);
  assert.equal(sent.length, 1);
  assert.ok(!('Idempotency-Key' in sent[0].headers));
});

test('it gives up after so many tries, with the last error', async () => {
  const { client, sent } = scripted(Array.from({ length: 3 }, () => problem(500, 'internal-error')), { retries: 2 });
  await assert.rejects(client.usage(), (error) => error instanceof purser.Unavailable && error.status === 500);
  assert.equal(sent.length, 3);
});

test('what would fail again is not sent again', async () => {
  for (const [status, name] of [[400, 'invalid-parameter'], [401, 'invalid-signature'], [401, 'replayed-nonce'], [403, 'client-closed'],
    [404, 'not-found'], [422, 'invalid-body'], [503, 'not-configured']]) {
    const { client, sent } = scripted([problem(status, name)]);
    await assert.rejects(client.usage(), { problem: name });
    assert.equal(sent.length, 1, name);
  }
});

test('Retry-After is waited for, with jitter on top, unless it is too long', async () => {
  const policy = new RetryPolicy({ random: () => 0.5 });
  const good = scripted([problem(429, 'rate-limited', { 'Retry-After': '7' }), json(200, {})], { retries: policy });
  await good.client.usage();
  assert.deepEqual(good.slept, [7.125]);
  const date = scripted([problem(503, 'unavailable', { 'Retry-After': 'Thu, 01 Jan 1970 00:00:09 GMT' }), json(200, {})],
    { retries: policy, clock: () => 0 });
  await date.client.usage();
  assert.deepEqual(date.slept, [9.125]);
  for (const text of ['9'.repeat(20), '9'.repeat(400)]) {
    const endless = scripted([problem(429, 'rate-limited', { 'Retry-After': text })]);
    await assert.rejects(endless.client.usage(), purser.RateLimited);
  }
  const long = scripted([problem(429, 'rate-limited', { 'Retry-After': '61' })]);
  await assert.rejects(long.client.usage(), (error) => error instanceof purser.RateLimited && error.retryAfter === 61);
  assert.deepEqual(long.slept, []);
});

test('the backoff is exponential, has full jitter and a roof', () => {
  const most = new RetryPolicy({ retries: 9, baseDelay: 1, maxDelay: 8, random: () => 1 });
  assert.deepEqual([1, 2, 3, 4, 5].map((n) => most.delay(n)), [1, 2, 4, 8, 8]);
  assert.equal(new RetryPolicy({ random: () => 0 }).delay(1), 0);
  assert.equal(most.delay(10), null);
  assert.throws(() => new RetryPolicy({ baseDelay: -1 }), RangeError);
});

test('the clock is corrected once, by the Date of the answer', async () => {
  const headers = { Date: 'Thu, 01 Jan 2026 00:00:00 GMT' };
  const options = { clock: () => Date.UTC(2026, 0, 1) - 3600e3 };
  const good = scripted([problem(401, 'timestamp-out-of-range', headers), json(200, {}), json(200, {})], options);
  await good.client.usage();
  assert.equal(good.client.clockOffset, 3600);
  await good.client.usage();
  const times = good.sent.map((one) => Number(one.headers['X-Purser-Timestamp']));
  assert.deepEqual(times, [1767222000, 1767225600, 1767225600]);
  assert.deepEqual(good.slept, []);
  const still = scripted([1, 2].map(() => problem(401, 'timestamp-out-of-range', headers)), options);
  await assert.rejects(still.client.usage(), purser.TimestampOutOfRange);
  assert.equal(still.sent.length, 2);
  const dateless = scripted([problem(401, 'timestamp-out-of-range')]);
  await assert.rejects(dateless.client.usage(), purser.TimestampOutOfRange);
});

test('a problem becomes an error of its kind', async () => {
  const errors = [{ pointer: '/cost', detail: 'too much' }];
  const { client } = scripted([problem(422, 'invalid-body', { 'X-Request-Id': 'r1' }, { errors })]);
  await assert.rejects(client.usage(), (error) => {
    assert.ok(error instanceof purser.InvalidBody && error instanceof purser.InvalidRequest && error instanceof purser.ApiError);
    assert.equal(error.name, 'InvalidBody');
    assert.equal(error.message, '422 invalid-body: A detail');
    assert.deepEqual([error.title, error.errors, error.requestId], ['A title', errors, 'r1']);
    return true;
  });
  for (const [status, name, Kind] of [[401, 'new', purser.AuthenticationError], [403, 'new', purser.Forbidden], [418, 'new', purser.InvalidRequest],
    [500, 'new', purser.Unavailable], [429, 'new', purser.RateLimited]]) {
    const one = scripted([problem(status, name)], { retries: 0 });
    await assert.rejects(one.client.usage(), (error) => error.constructor === Kind, name);
  }
});

test('an answer that is not Purser\'s is an error', async () => {
  const html = { headers: { 'Content-Type': 'text/html' } };
  const answers = [new Response('<h1>', { status: 200, ...html }), new Response('{', { status: 200, headers: { 'Content-Type': 'application/json' } }),
    new Response('[]', { status: 200, headers: { 'Content-Type': 'application/json' } }), new Response('', { status: 302, headers: { Location: '/x' } }),
    new Response('<h1>', { status: 404, ...html }), new Response('x'.repeat(17 << 20), { headers: { 'Content-Type': 'application/json' } })];
  for (const answer of answers) {
    const { client, sent } = scripted([answer]);
    await assert.rejects(client.usage(), purser.UnexpectedAnswer);
    assert.equal(sent.length, 1);
  }
  const proxy = scripted([new Response('<h1>', { status: 502, ...html }), json(200, { ok: true })]);
  assert.deepEqual(await proxy.client.usage(), { ok: true });
});

test('a time-out is one of a try, and an abort ends all', async () => {
  const hang = ({ signal }) => new Promise((_, reject) => { signal.addEventListener('abort', () => reject(signal.reason)); });
  const slow = scripted([hang, json(200, { ok: true })], { timeout: 0.02 });
  assert.deepEqual(await slow.client.usage(), { ok: true });
  const dead = scripted([hang], { timeout: 0.02, retries: 0 });
  await assert.rejects(dead.client.usage(), purser.RequestTimeout);
  const stop = new AbortController();
  const stopped = scripted([hang]);
  const call = stopped.client.usage({ signal: stop.signal });
  stop.abort(new Error('mine'));
  await assert.rejects(call, /mine/);
  assert.equal(stopped.sent.length, 1);
  const early = scripted([hang]);
  await assert.rejects(early.client.usage({ signal: stop.signal }), /mine/);
});

test('an abort ends a pause, too', async () => {
  const stop = new AbortController();
  const { client } = scripted([() => { setTimeout(() => stop.abort(new Error('mine')), 5); return problem(503, 'unavailable', { 'Retry-After': '50' }); }],
    { sleep: undefined });
  await assert.rejects(client.usage({ signal: stop.signal }), /mine/);
});

test('pages are fetched as they are needed', async () => {
  const { client, sent } = scripted([json(200, { data: [1, 2], next_cursor: 'n1' }), json(200, { data: [], next_cursor: 'n2' }),
    json(200, { data: [3], next_cursor: null })]);
  const seen = [];
  for await (const one of client.transactions({ limit: 2, from: '2026-01-01T00:00:00Z' })) {
    seen.push(one);
  }
  assert.deepEqual(seen, [1, 2, 3]);
  assert.deepEqual(sent.map((one) => new URL(one.url).search), ['', '&cursor=n1', '&cursor=n2']
    .map((more) => `?from=2026-01-01T00%3A00%3A00Z&limit=2${more}`));
  const first = scripted([json(200, { data: [1, 2], next_cursor: 'n1' })]);
  for await (const one of first.client.usageHistory()) {
    assert.equal(one, 1);
    break;
  }
  assert.equal(first.sent.length, 1);
  for (const answer of [{}, { data: [] }, { data: 1, next_cursor: null }]) {
    await assert.rejects(async () => { for await (const one of scripted([json(200, answer)]).client.transactions()) void one; }, purser.UnexpectedAnswer);
  }
  const loop = scripted([1, 2].map(() => json(200, { data: [], next_cursor: 'same' })));
  await assert.rejects(loop.client.usageHistory().next(), purser.UnexpectedAnswer);
});

test('it remembers how the key stands', async () => {
  const { client } = scripted([json(200, {}, { 'X-RateLimit-Limit': '600', 'X-RateLimit-Remaining': '599', 'X-RateLimit-Reset': '60' }), json(200, {})]);
  assert.equal(client.rateLimit, null);
  await client.usage();
  await client.usage();
  assert.deepEqual(client.rateLimit, { limit: 600, remaining: 599, reset: 60 });
});
