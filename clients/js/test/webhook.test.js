import test from 'node:test';
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { headerNames, headerValue, verifyWebhook, WebhookVerifier } from '../src/index.js';
import { webhookVectors } from './support.js';

const mac = (secret, text, encoding = 'hex', algorithm = 'sha256') => createHmac(algorithm, secret).update(text).digest(encoding);
const BODY = '{"amount":"10.50","name":"Zoë 💳"}';
const NOW = 1767225600;

for (const [at, one] of webhookVectors().entries()) {
  test(`notification ${at} of ${one.scheme}: ${one.source}`, () => {
    const found = verifyWebhook({ scheme: one.scheme, secrets: one.key, header: one.signature, body: one.body, url: one.url, now: one.timestamp });
    assert.equal(found, one.valid);
  });
}

const good = [
  ['paychangu', 'secret', mac('secret', BODY)],
  ['square', 'secret', mac('secret', `https://shop.example/hook${BODY}`, 'base64')],
  ['stripe', 'whsec_x', `t=${NOW},v1=${mac('whsec_x', `${NOW}.${BODY}`)}`],
  ['paystack', 'secret', mac('secret', BODY, 'hex', 'sha512')],
  ['flutterwave', 'secret', mac('secret', BODY, 'base64')],
  ['standard', `whsec_${Buffer.from('a key').toString('base64')}`, `msg_1 ${NOW} v1,${mac('a key', `msg_1.${NOW}.${BODY}`, 'base64')}`],
  ['generic', 'secret', mac('secret', BODY)],
];
const call = (header, more = {}) => ({ header, body: BODY, url: 'https://shop.example/hook', now: NOW, ...more });

for (const [scheme, secret, header] of good) {
  test(`${scheme}: good, and bad as soon as anything differs`, () => {
    const verifier = new WebhookVerifier({ scheme, secrets: [secret] });
    assert.equal(verifier.verify(call(header)), true);
    assert.equal(verifier.verify(call(` \t${header}\t `)), true);
    assert.equal(verifier.verify(call(header, { body: Buffer.from(BODY) })), true);
    assert.equal(verifier.verify(call(header, { body: `${BODY} ` })), false);
    assert.equal(verifier.verify(call(`${header}0`)), false);
    assert.equal(verifier.verify(call(header.slice(0, -1))), false);
    for (const none of ['', ' ', null, undefined, ',', '=', 't=,v1=', 'x'.repeat(9000)]) {
      assert.equal(verifier.verify(call(none)), false, String(none));
    }
    const other = scheme === 'standard' ? `whsec_${Buffer.from('another').toString('base64')}` : 'another';
    assert.equal(new WebhookVerifier({ scheme, secrets: [other] }).verify(call(header)), false);
    assert.equal(new WebhookVerifier({ scheme, secrets: [other, secret] }).verify(call(header)), true);
    assert.equal(verifyWebhook({ scheme, secrets: secret, ...call(header) }), true);
  });
}

test('timestamps count, before and after', () => {
  for (const [scheme, secret, header] of good.filter(([name]) => name === 'stripe' || name === 'standard')) {
    const at = (now, tolerance) => new WebhookVerifier({ scheme, secrets: [secret], tolerance }).verify(call(header, { now }));
    assert.deepEqual([at(NOW + 300), at(NOW + 300.9), at(NOW + 301), at(NOW - 300), at(NOW - 301), at(NOW + 301, 301)], [true, true, false, true, false, true]);
  }
});

test('stripe: several signatures, not several times', () => {
  const one = mac('s', `${NOW}.${BODY}`);
  const check = (header) => verifyWebhook({ scheme: 'stripe', secrets: 's', ...call(header) });
  assert.equal(check(`t=${NOW}, v1=${'0'.repeat(64)}, v1=${one}, v0=x`), true);
  assert.equal(check(`v1=${one.toUpperCase()},t=${NOW}`), true);
  assert.equal(check(`t=${NOW},t=${NOW},v1=${one}`), false);
  assert.equal(check(`v1=${one}`), false);
  assert.equal(check(`t=${NOW}.0,v1=${one}`), false);
  assert.equal(check(`t=-${NOW},v1=${one}`), false);
});

test('flutterwave: the secret itself will do, without blanks around it', () => {
  const check = (header) => verifyWebhook({ scheme: 'flutterwave', secrets: ' the hash ', ...call(header) });
  assert.deepEqual([check('the hash'), check(' the hash'), check('the  hash'), check('the has')], [true, true, false, false]);
});

test('generic: as its members say', () => {
  const check = (members, header, more) => new WebhookVerifier({ scheme: 'generic', secrets: ['s'], ...members }).verify(call(header, more));
  assert.equal(check({ prefix: 'sha256=' }, `sha256=${mac('s', BODY)}`), true);
  assert.equal(check({ prefix: 'sha256=' }, mac('s', BODY)), false);
  assert.equal(check({ encoding: 'base64', algorithm: 'sha1' }, mac('s', BODY, 'base64', 'sha1')), true);
  assert.equal(check({ signed: 'url+body', algorithm: 'sha512' }, mac('s', `https://shop.example/hook${BODY}`, 'hex', 'sha512')), true);
  const signed = { signed: 'timestamp.body', timestampElement: 'ts', signatureElement: 'h1' };
  assert.equal(check(signed, `ts=${NOW},h1=${mac('s', `${NOW}.${BODY}`)}`), true);
  assert.equal(check(signed, `t=${NOW},v1=${mac('s', `${NOW}.${BODY}`)}`), false);
});

test('what makes no sense is refused', () => {
  const bad = [{ scheme: 'none' }, { secrets: [] }, { secrets: 's' }, { secrets: [''] }, { secrets: ['x'.repeat(1025)] }, { secrets: Array(17).fill('s') },
    { tolerance: 0 }, { tolerance: 1.5 }, { prefix: 'x' }, { colour: 'red' }, { scheme: 'generic', algorithm: 'md5' }, { scheme: 'generic', prefix: '' },
    { scheme: 'generic', prefix: 'a,b' }, { scheme: 'generic', signatureElement: 'a=b' }, { scheme: 'standard', secrets: ['whsec_!!'] },
    { scheme: 'standard', secrets: ['whsec_'] }];
  for (const one of bad) {
    assert.throws(() => new WebhookVerifier({ scheme: 'paychangu', secrets: ['s'], ...one }), /TypeError|RangeError/, JSON.stringify(one));
  }
  assert.throws(() => verifyWebhook({ scheme: 'square', secrets: 's', header: 'x', body: '' }), /URL/);
});

test('the header is found among those of a request', () => {
  assert.deepEqual(headerNames('standard'), ['webhook-id', 'webhook-timestamp', 'webhook-signature']);
  assert.equal(headerValue('stripe', { 'stripe-signature': 't=1' }), 't=1');
  assert.equal(headerValue('paychangu', new Headers({ Signature: 'abc' })), 'abc');
  assert.equal(headerValue('flutterwave', { 'Verif-Hash': 'h' }), 'h');
  assert.equal(headerValue('flutterwave', { 'verif-hash': 'h', 'Flutterwave-Signature': 's' }), 's');
  assert.equal(headerValue('standard', { 'webhook-id': 'a', 'webhook-timestamp': '1', 'webhook-signature': 'v1,x' }), 'a 1 v1,x');
  assert.equal(headerValue('standard', { 'webhook-id': 'a' }), '');
  assert.throws(() => headerNames('generic'), TypeError);
});
