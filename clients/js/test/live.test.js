// Against a real server: PURSER_API_URL and the others of mysql-test/api/README.md.
import test from 'node:test';
import assert from 'node:assert/strict';
import http from 'node:http';
import { createHmac } from 'node:crypto';
import * as purser from '../src/index.js';
import { bodyOf, conformance } from './support.js';

const { env } = process;
const skip = env.PURSER_API_URL ? false : 'PURSER_API_URL is not set';
const of = (who, more = {}) => new purser.Client({
  baseUrl: env.PURSER_API_URL, keyId: env[`PURSER_API_${who}KEY`], secret: env[`PURSER_API_${who}SECRET`], ...more,
});

// ---- the conformance file, by a connection that sends what it is told

const nonceOf = (length) => (purser.newNonce() + purser.newNonce() + purser.newNonce() + purser.newNonce()).slice(0, length);

/** What goes over the wire: [method, target, [[name, value]…], body]. */
function wire(one) {
  const { send, target } = one;
  const body = bodyOf(one);
  let headers = Object.entries(purser.signedHeaders({
    keyId: env.PURSER_API_KEY, secret: env.PURSER_API_SECRET, method: one.method, target, body,
    timestamp: Math.floor(Date.now() / 1000) + (send.clock_offset ?? 0),
  }));
  const set = (name, value) => { headers = headers.map(([n, v]) => [n, n === name ? value : v]); };
  const value = (name) => headers.find(([n]) => n === name)[1];
  if (send.nonce_length || send.key_id || send.secret) { // this library does not sign what is malformed
    if (send.nonce_length) {
      set('X-Purser-Nonce', nonceOf(send.nonce_length));
    }
    if (send.key_id) {
      set('X-Purser-Key', send.key_id);
    }
    const request = {
      keyId: value('X-Purser-Key'), timestamp: value('X-Purser-Timestamp'), nonce: value('X-Purser-Nonce'), method: one.method, target, body,
    };
    set('X-Purser-Signature', `v1=${purser.sign(send.secret ?? env.PURSER_API_SECRET, request)}`);
  }
  if (send.uppercase_signature) {
    set('X-Purser-Signature', `v1=${value('X-Purser-Signature').slice(3).toUpperCase()}`);
  }
  for (const [name, changed] of Object.entries(send.tamper?.headers ?? {})) {
    set(name, changed);
  }
  headers = headers.filter(([name]) => !send.without?.includes(name));
  headers.push(...headers.filter(([name]) => send.double?.includes(name)), ...Object.entries(one.headers ?? {}));
  return [send.tamper?.method ?? one.method, send.tamper?.target ?? target, headers,
    send.tamper?.body !== undefined ? Buffer.from(send.tamper.body) : body];
}

function exchange([method, target, headers, body]) {
  const { hostname, port } = new URL(env.PURSER_API_URL);
  const raw = ['Host', `${hostname}:${port}`, ...headers.flat()];
  if (body.length || method === 'POST') {
    raw.push('Content-Length', String(body.length));
  }
  return new Promise((resolve, reject) => {
    const request = http.request({ hostname, port, method, path: target, headers: raw, agent: false }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts).toString() }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

for (const one of conformance().cases.live) {
  test(`live: ${one.name}`, { skip }, async () => {
    const sent = wire(one);
    for (let times = one.send.repeat ?? 1; times > 1; times -= 1) {
      assert.equal((await exchange(sent)).status, 200);
    }
    const answer = await exchange(sent);
    assert.equal(answer.status, one.expect.status, answer.body);
    if (one.expect.problem && !one.expect.no_body) {
      assert.equal(answer.headers['content-type'].split(';')[0], 'application/problem+json');
      assert.equal(JSON.parse(answer.body).type, `urn:purser:problem:${one.expect.problem}`);
    }
  });
}

// ---- the client

test('usage and package', { skip }, async () => {
  const client = of('');
  const usage = await client.usage();
  assert.equal(usage.name, 'Ann\'s Bikes & Zoë 💳');
  assert.match(usage.month, /^\d{4}-\d{2}$/);
  assert.match(usage.volume.used, /^\d+\.\d{4}$/);
  assert.ok(usage.transactions.used >= 25 && usage.allowed === true && usage.status === 'active' && usage.currency === 'GBP');
  const { name, upgrade, override, volume_limit: limit } = await client.package();
  assert.deepEqual([name, upgrade.name, override, limit], ['pro', 'unlimited', null, '2000000.0000']);
  assert.ok(client.rateLimit.limit > 0 && client.rateLimit.remaining <= client.rateLimit.limit);
});

test('transactions: all of them, each once, in pages of any size', { skip }, async () => {
  const client = of('');
  const seen = {};
  for (const limit of [7, 200]) {
    seen[limit] = [];
    for await (const one of client.transactions({ limit })) {
      seen[limit].push(one);
    }
  }
  assert.deepEqual(seen[7], seen[200]);
  assert.equal(seen[7].length, Number(env.PURSER_API_TRANSACTIONS));
  assert.equal(new Set(seen[7].map((one) => one.reference)).size, seen[7].length);
  const moments = seen[7].map((one) => one.occurred_at);
  assert.deepEqual(moments, [...moments].sort().reverse());
  const before = await client.transactionsPage({ to: new Date(`${env.PURSER_API_DAY}T23:59:59Z`), limit: 200 });
  assert.ok(before.data.length > 0 && before.data.every((one) => one.occurred_at.startsWith(env.PURSER_API_DAY)));
});

test('another client sees nothing of them', { skip }, async () => {
  const client = of('EMPTY_');
  assert.deepEqual(await client.transactionsPage(), { data: [], next_cursor: null });
  assert.deepEqual((await client.reconciliation(env.PURSER_API_DAY)).discrepancies, []);
});

test('history, reconciliation and checkpoint', { skip }, async () => {
  const client = of('');
  for await (const month of client.usageHistory({ limit: 1 })) {
    assert.match(month.month, /^\d{4}-\d{2}$/);
  }
  const day = await client.reconciliation(env.PURSER_API_DAY);
  assert.equal(day.date, env.PURSER_API_DAY);
  assert.ok(day.discrepancies.length > 0 && day.transactions.count > 0);
  const checkpoint = await client.auditCheckpoint();
  assert.equal(typeof checkpoint, 'object');
});

test('a rate limit counts until it is reached, and only once with an Idempotency-Key', { skip }, async () => {
  const client = of('');
  const check = { identifier: purser.newNonce(), endpoint: '/login', maxRequests: 2, windowSeconds: 3600 };
  const first = await client.rateLimitCheck(check, { idempotencyKey: purser.newNonce() });
  assert.deepEqual([first.allowed, first.limit, first.remaining], [true, 2, 1]);
  const again = purser.newNonce();
  const answers = [];
  for (let i = 0; i < 3; i += 1) {
    answers.push(await client.rateLimitCheck(check, { idempotencyKey: again }));
  }
  assert.deepEqual(answers[1], answers[0]);
  assert.deepEqual(answers[2], answers[0]);
  assert.equal(answers[0].remaining, 0);
  const last = await client.rateLimitCheck(check);
  assert.ok(last.allowed === false && last.retry_after_seconds > 0);
  await assert.rejects(client.rateLimitCheck({ ...check, maxRequests: 9 }, { idempotencyKey: again }), purser.IdempotencyMismatch);
});

test('the server and this library agree on webhooks', { skip }, async () => {
  const client = of('');
  const body = '{"name":"Zoë 💳"}';
  const { paychangu, github } = JSON.parse(env.PURSER_API_WEBHOOK_SECRETS);
  const hmac = (secret) => createHmac('sha256', secret).update(body).digest('hex');
  assert.equal(await client.verifyWebhook({ gateway: 'paychangu', signature: hmac(paychangu), body }), true);
  assert.equal(await client.verifyWebhook({ gateway: 'paychangu', signature: hmac(paychangu), body: Buffer.from(body) }), true);
  assert.equal(await client.verifyWebhook({ gateway: 'paychangu', signature: hmac(paychangu), body: `${body} ` }), false);
  assert.equal(await client.verifyWebhook({ gateway: 'github', signature: `sha256=${hmac(github)}`, body }), true);
});

test('and on headers that are nearly right', { skip }, async () => {
  const client = of('');
  const body = '{"name":"Zoë 💳"}';
  const url = 'https://shop.example/hook';
  const now = Math.floor(Date.now() / 1000);
  const secrets = JSON.parse(env.PURSER_API_WEBHOOK_SECRETS);
  const mac = (secret, text, encoding = 'hex', algorithm = 'sha256') => createHmac(algorithm, secret).update(text).digest(encoding);
  const timed = mac(secrets.stripe, `${now}.${body}`);
  const standard = mac(Buffer.from(secrets.standard.slice(6), 'base64'), `m.${now}.${body}`, 'base64');
  const hex = mac(secrets.paychangu, body);
  const good = {
    paychangu: hex, square: mac(secrets.square, url + body, 'base64'), stripe: `t=${now},v1=${timed}`, paystack: mac(secrets.paystack, body, 'hex', 'sha512'),
    flutterwave: mac(secrets.flutterwave, body, 'base64'), standard: `m ${now} v1,${standard}`, github: `sha256=${mac(secrets.github, body)}`,
  };
  const odd = {
    paychangu: [hex.toUpperCase(), `0x${hex}`, `${hex} ${hex}`, `v1=${hex}`, ` \t${hex} `, `\n${hex}`, hex.slice(1), Buffer.from(hex, 'hex').toString('base64')],
    square: [good.square.toLowerCase(), good.square.replace('=', ''), mac(secrets.square, body, 'base64')],
    stripe: [`v1=${timed},t=${now}`, `t=${now}, v1=${timed}`, `t=${now};v1=${timed}`, `t=${now},t=${now},v1=${timed}`, `t=${now},v1=${timed.toUpperCase()}`, `t=0${now},v1=${timed}`,
      `t=${now},v0=${timed}`, `t=${now},v1=x,v1=${timed}`, `T=${now},v1=${timed}`, `t=${now - 301},v1=${mac(secrets.stripe, `${now - 301}.${body}`)}`, `t=,v1=${timed}`,
      `t=${now},v1=`, `t=${now},v1 =${timed}`, `t=1e9,v1=${timed}`, `t=${now},,v1=${timed},`],
    paystack: [good.paystack.toUpperCase(), hex],
    flutterwave: [secrets.flutterwave, ` ${secrets.flutterwave}`, secrets.flutterwave.toUpperCase(), `${secrets.flutterwave}x`, mac(secrets.flutterwave, body)],
    standard: [`m ${now} v1,x v1,${standard}`, `m ${now} v1a,${standard}`, `m ${now} v1,${standard},x`, `m ${now}  v1,${standard}`, `m  ${now} v1,${standard}`, ` ${good.standard} `, `m ${now}`, `m ${now} ${standard}`,
      `m ${now - 400} v1,${standard}`, `n ${now} v1,${standard}`],
    github: [good.github.slice(7), `SHA256=${good.github.slice(7)}`, `sha256= ${good.github.slice(7)}`, `sha256=${good.github.slice(7).toUpperCase()}`],
  };
  for (const [gateway, headers] of Object.entries(odd)) {
    const verifier = new purser.WebhookVerifier({
      secrets: [secrets[gateway]], ...(gateway === 'github' ? { scheme: 'generic', prefix: 'sha256=' } : { scheme: gateway }),
    });
    for (const header of [good[gateway], ...headers, '', ' ', '=', ',', 'ü'.repeat(40)]) {
      const here = verifier.verify({ header, body, url });
      assert.equal(await client.verifyWebhook({ gateway, signature: header, body, url }, { idempotencyKey: false }), here, `${gateway}: ${header}`);
      assert.ok(here || header !== good[gateway], gateway);
    }
  }
});

test('errors are of their kind', { skip }, async () => {
  await assert.rejects(of('REVOKED_').usage(), purser.InvalidKey);
  await assert.rejects(of('EXPIRED_').usage(), purser.InvalidKey);
  await assert.rejects(of('SUSPENDED_').usage(), purser.ClientSuspended);
  await assert.rejects(of('CLOSED_').usage(), purser.ClientClosed);
  await assert.rejects(of('', { secret: `sk_${'0'.repeat(64)}` }).usage(), purser.InvalidSignature);
  await assert.rejects(of('').transactionsPage({ limit: 0 }), (error) => error instanceof purser.InvalidParameter && error.errors.length === 1);
  await assert.rejects(of('').request('GET', '/v1/nothing'), purser.NotFound);
  await assert.rejects(of('').request('DELETE', '/v1/usage'), purser.MethodNotAllowed);
  const check = { identifier: 'a', endpoint: 'b', maxRequests: -1, windowSeconds: 60 };
  await assert.rejects(of('').rateLimitCheck(check), (error) => error instanceof purser.InvalidBody && error.errors[0].pointer === '/max_requests');
});

test('a clock that is an hour wrong is corrected', { skip }, async () => {
  const client = of('', { clock: () => Date.now() - 3600e3 });
  await client.usage();
  assert.ok(Math.abs(client.clockOffset - 3600) <= 3, String(client.clockOffset));
});

test('the description needs no signature', { skip }, async () => {
  const description = await of('').openapi();
  assert.match(description.openapi, /^3\.1/);
});
