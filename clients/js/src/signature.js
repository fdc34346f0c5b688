// The signature of a request, scheme v1. Nothing here reads a clock or sends anything.
import { createHash, createHmac, randomBytes } from 'node:crypto';

const SCHEME = 'PURSER-HMAC-SHA256-V1';
const KEY_ID = /^pk_[A-Za-z0-9]{24}$/;
const SECRET = /^sk_[\x21-\x7e]+$/;
const TARGET = /^\/[\x21-\x7e]*$/;
const NONCE = /^[A-Za-z0-9_-]{16,64}$/;

export function checkKey(keyId, secret) {
  if (typeof keyId !== 'string' || !KEY_ID.test(keyId)) {
    throw new TypeError('keyId is pk_ and 24 letters and digits');
  }
  if (typeof secret !== 'string' || !SECRET.test(secret)) {
    throw new TypeError('secret begins with sk_');
  }
}

/** The SHA-256 of a body (text, bytes, or nothing) in hex. */
export function bodySha256(body = '') {
  return createHash('sha256').update(body).digest('hex');
}

/** 24 characters that nobody has had before. */
export function newNonce() {
  return randomBytes(18).toString('base64url');
}

/** The seven lines that are signed; the target as it goes over the wire. */
export function stringToSign({ keyId, timestamp, nonce, method, target, body = '' }) {
  return [SCHEME, keyId, String(timestamp), nonce, method, target, bodySha256(body)].join('\n');
}

/** The signature in hex, without "v1=". */
export function sign(secret, request) {
  return createHmac('sha256', secret).update(stringToSign(request)).digest('hex');
}

/** The four headers of a request. */
export function signedHeaders({ keyId, secret, method, target, body = '', timestamp, nonce = newNonce() }) {
  checkKey(keyId, secret);
  if (!TARGET.test(target)) {
    throw new TypeError('target is a path and a query in printable ASCII: percent-encode what is not');
  }
  if (!NONCE.test(nonce)) {
    throw new TypeError('nonce is 16 to 64 of A-Z a-z 0-9 _ -');
  }
  if (!/^[0-9]{1,12}$/.test(String(timestamp))) {
    throw new TypeError('timestamp is in whole seconds since 1970');
  }
  return {
    'X-Purser-Key': keyId,
    'X-Purser-Timestamp': String(timestamp),
    'X-Purser-Nonce': nonce,
    'X-Purser-Signature': `v1=${sign(secret, { keyId, timestamp, nonce, method, target, body })}`,
  };
}
