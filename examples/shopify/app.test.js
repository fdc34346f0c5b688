// node --test: the app with stubs of what Shopify sends and App Bridge gives. With PURSER_API_URL, …_KEY and …_SECRET in the
// environment the usage is that of a real server.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { Client, ConnectionFailed } from '@purser/client';
import { makeApp } from './app.js';
import { showUsage } from './page.js';
import { shopOf } from './session.js';

const KEY = 'the-app', SECRET = 'shpss_secret', SHOP = 'ann.myshopify.com';
const USAGE = {
  client_id: 1, month: '2026-11', package: '<b>pro</b>', currency: 'GBP', allowed: true, alerts: [],
  volume: { used: '10.5000', limit: '2000.0000', percent: 0.53 }, transactions: { used: 1, limit: null, percent: null },
};
const ORDER = JSON.stringify({ id: 450789469, financial_status: 'paid', total_price: '409.94', currency: 'GBP', note: 'Zoë 💳' });
const servers = [];
after(() => servers.forEach((server) => server.close()));

async function serve(options = {}) {
  const paid = [];
  const app = makeApp({ purser: { usage: async () => USAGE }, apiKey: KEY, apiSecret: SECRET, shop: SHOP, onPaid: async (order) => { paid.push(order); }, ...options });
  const server = createServer(app);
  await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
  servers.push(server);
  return { paid, url: `http://127.0.0.1:${server.address().port}` };
}

// as Shopify signs
function sent(body, { secret = SECRET, headers = {} } = {}) {
  return {
    method: 'POST', body,
    headers: {
      'Content-Type': 'application/json', 'X-Shopify-Topic': 'orders/paid', 'X-Shopify-Shop-Domain': SHOP, 'X-Shopify-Event-Id': 'e-1',
      'X-Shopify-Hmac-Sha256': createHmac('sha256', secret).update(body).digest('base64'), ...headers,
    },
  };
}

// as App Bridge gives
function token(claims = {}, { secret = SECRET, alg = 'HS256' } = {}) {
  const now = Math.floor(Date.now() / 1000);
  const text = [{ alg, typ: 'JWT' }, { iss: `https://${SHOP}/admin`, dest: `https://${SHOP}`, aud: KEY, sub: '1', exp: now + 60, nbf: now, iat: now, ...claims }]
    .map((value) => Buffer.from(JSON.stringify(value)).toString('base64url')).join('.');
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

test('an order that was paid is booked once, however often it is sent', async () => {
  const { url, paid } = await serve();
  const answers = await Promise.all([1, 2, 3].map(() => fetch(`${url}/webhooks/orders-paid`, sent(ORDER))));
  assert.deepEqual(answers.map((one) => one.status), [200, 200, 200]);
  assert.deepEqual(paid, [{ shop: SHOP, id: 450789469, total: '409.94', currency: 'GBP' }]);
});

test('what the headers say, which are not signed, books nothing', async () => {
  const { url, paid } = await serve();
  const send = async (body, id) => (await fetch(`${url}/webhooks/orders-paid`, sent(body, { headers: { 'X-Shopify-Event-Id': id } }))).json();
  assert.deepEqual(await send(ORDER.replace('"paid"', '"pending"'), 'e-0'), { result: 'not paid' });
  assert.deepEqual([await send(ORDER, 'e-1'), await send(ORDER, 'e-2')], [{ result: 'booked' }, { result: 'booked' }]);
  assert.equal(paid.length, 1);
  for (const body of ['null', '[]', '{"financial_status":"paid"}']) {
    assert.deepEqual(await send(body, 'e-3'), { error: 'no order' });
  }
});

test('what Shopify has not signed is refused', async () => {
  const { url, paid } = await serve();
  const changed = sent(ORDER);
  for (const bad of [
    sent(ORDER, { secret: 'guessed' }), { ...changed, body: ORDER.replace('409', '1') },
    sent(ORDER, { headers: { 'X-Shopify-Hmac-Sha256': '' } }), sent(ORDER, { headers: { 'X-Shopify-Hmac-Sha256': SECRET } }),
  ]) {
    assert.equal((await fetch(`${url}/webhooks/orders-paid`, bad)).status, 401);
  }
  const { 'X-Shopify-Hmac-Sha256': _, ...without } = changed.headers;
  assert.equal((await fetch(`${url}/webhooks/orders-paid`, { ...changed, headers: without })).status, 401);
  assert.deepEqual(paid, []);
});

test('signed, and not for this app', async () => {
  const { url, paid } = await serve();
  for (const headers of [{ 'X-Shopify-Topic': 'orders/create' }, { 'X-Shopify-Shop-Domain': 'bob.myshopify.com' }]) {
    assert.deepEqual(await (await fetch(`${url}/webhooks/orders-paid`, sent(ORDER, { headers }))).json(), { result: 'not mine' });
  }
  assert.equal((await fetch(`${url}/webhooks/orders-paid`, sent('{'))).status, 400);
  assert.deepEqual(paid, []);
});

test('what could not be booked comes again', async () => {
  let tries = 0;
  const { url } = await serve({ onPaid: async () => { tries += 1; if (tries === 1) throw new Error('the first try of this test'); } });
  assert.equal((await fetch(`${url}/webhooks/orders-paid`, sent(ORDER))).status, 503);
  assert.equal((await fetch(`${url}/webhooks/orders-paid`, sent(ORDER))).status, 200);
  assert.equal(tries, 2);
});

test('a body that is too large', async () => {
  const { url } = await serve();
  const status = await fetch(`${url}/webhooks/orders-paid`, sent('x'.repeat((1 << 20) + 1))).then((one) => one.status, () => 413);
  assert.equal(status, 413);
});

test('the old secret will do while it is rotated', async () => {
  const { url, paid } = await serve({ apiSecret: ['new', SECRET] });
  assert.equal((await fetch(`${url}/webhooks/orders-paid`, sent(ORDER))).status, 200);
  assert.equal((await fetch(`${url}/usage`, { headers: { Authorization: `Bearer ${token()}` } })).status, 200);
  assert.equal(paid.length, 1);
});

test('the usage is for who has a session of this shop', async () => {
  const { url } = await serve();
  const ask = (authorization) => fetch(`${url}/usage`, authorization ? { headers: { Authorization: authorization } } : {});
  const now = Date.now() / 1000;
  assert.equal((await ask(`Bearer ${token()}`)).status, 200);
  for (const bad of [
    '', 'Bearer', 'Bearer x.y.z', `Basic ${token()}`, `Bearer ${token({}, { secret: 'guessed' })}`, `Bearer ${token({ exp: now - 60 })}`,
    `Bearer ${token({ nbf: now + 60 })}`, `Bearer ${token({ aud: 'another app' })}`, `Bearer ${token({}, { alg: 'none' })}`,
    `Bearer ${token({ dest: 'https://bob.myshopify.com', iss: 'https://bob.myshopify.com/admin' })}`, `Bearer ${token({ iss: 'https://evil.example/admin' })}`,
    `Bearer ${token({ dest: undefined })}`, `Bearer ${token({ exp: undefined })}`, `Bearer ${token().split('.').slice(0, 2).join('.')}.`,
  ]) {
    assert.equal((await ask(bad)).status, 401, bad);
  }
  assert.equal(shopOf(token(), { apiKey: KEY, apiSecret: SECRET }), SHOP);
});

test('without an answer of Purser it is 503, and nothing is told', async () => {
  const { url } = await serve({ purser: { usage: async () => { throw new ConnectionFailed('inside'); } } });
  const response = await fetch(`${url}/usage`, { headers: { Authorization: `Bearer ${token()}` } });
  assert.equal(response.status, 503);
  assert.ok(!(await response.text()).includes('inside'));
});

test('other addresses and methods', async () => {
  const { url } = await serve();
  assert.equal((await fetch(`${url}/`)).status, 404);
  assert.equal((await fetch(`${url}/usage`, { method: 'POST' })).status, 404);
});

test('the page shows it as text', async () => {
  const { url } = await serve();
  const element = {};
  const fetchHere = (path, options) => fetch(url + path, options);
  await showUsage(element, { shopify: { idToken: async () => token() }, fetch: fetchHere });
  assert.equal(element.textContent, '2026-11, <b>pro</b>: 10.5000 of 2000.0000 (0.53 %) GBP; 1, no limit transactions');
  assert.deepEqual(Object.keys(element), ['textContent']);
  await showUsage(element, { shopify: { idToken: async () => 'none' }, fetch: fetchHere });
  assert.equal(element.textContent, 'The usage cannot be shown at the moment.');
});

test('the usage of a real server', { skip: process.env.PURSER_API_URL ? false : 'no server is given' }, async () => {
  const { PURSER_API_URL: baseUrl, PURSER_API_KEY: keyId, PURSER_API_SECRET: secret } = process.env;
  const { url } = await serve({ purser: new Client({ baseUrl, keyId, secret }) });
  const usage = await (await fetch(`${url}/usage`, { headers: { Authorization: `Bearer ${token()}` } })).json();
  assert.match(usage.month, /^\d{4}-\d\d$/);
  assert.match(usage.volume.used, /^\d+\.\d{4}$/);
});
