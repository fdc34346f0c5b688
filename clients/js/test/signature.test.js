import test from 'node:test';
import assert from 'node:assert/strict';
import { bodySha256, newNonce, sign, signedHeaders, stringToSign } from '../src/index.js';
import { bodyOf, conformance, KEY } from './support.js';

const { keys, cases } = conformance();

for (const one of cases.signing) {
  test(`signing: ${one.name}`, () => {
    const { key_id: keyId, secret } = keys[one.key];
    const { timestamp, nonce, method, target } = one;
    const request = { keyId, timestamp, nonce, method, target, body: bodyOf(one) };
    assert.equal(bodySha256(request.body), one.body_sha256);
    assert.equal(stringToSign(request), one.string_to_sign);
    assert.equal(sign(secret, request), one.signature);
    assert.deepEqual(signedHeaders({ ...request, secret }), {
      'X-Purser-Key': keyId, 'X-Purser-Timestamp': timestamp, 'X-Purser-Nonce': nonce, 'X-Purser-Signature': `v1=${one.signature}`,
    });
  });
}

test('a body is the same as text and as bytes', () => {
  assert.equal(bodySha256('Zoë 💳'), bodySha256(new TextEncoder().encode('Zoë 💳')));
  assert.equal(bodySha256(), bodySha256(''));
});

test('nonces are new, and of the form', () => {
  const nonces = new Set(Array.from({ length: 1000 }, newNonce));
  assert.equal(nonces.size, 1000);
  for (const nonce of nonces) {
    assert.match(nonce, /^[A-Za-z0-9_-]{16,64}$/);
  }
});

test('what cannot be signed is refused', () => {
  const good = { ...KEY, method: 'GET', target: '/v1/usage', timestamp: 1 };
  signedHeaders(good);
  for (const bad of [{ keyId: 'pk_short' }, { secret: 'pk_x' }, { secret: undefined }, { target: 'v1/usage' }, { target: '/v1/caf\u00e9' },
    { target: '/a b' }, { target: '/a\r\nX: y' }, { nonce: 'short' }, { nonce: 'a'.repeat(65) }, { timestamp: 1.5 }, { timestamp: -1 },
    { timestamp: 1e12 }]) {
    assert.throws(() => signedHeaders({ ...good, ...bad }), TypeError, JSON.stringify(bad));
  }
});
