// Session tokens of Shopify's App Bridge: JSON Web Tokens, HS256 with the app's secret.
import { createHmac, timingSafeEqual } from 'node:crypto';

const LEEWAY = 5; // seconds

function part(text) {
  return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
}

/** The shop ("ann.myshopify.com") that a token is of; null where it is not a good one. */
export function shopOf(token, { apiKey, apiSecret, now = Date.now() / 1000 }) {
  const parts = typeof token === 'string' && token.length <= 4096 ? token.split('.') : [];
  if (parts.length !== 3) return null;
  const expected = createHmac('sha256', apiSecret).update(`${parts[0]}.${parts[1]}`).digest();
  const given = Buffer.from(parts[2], 'base64url');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
  try {
    const head = part(parts[0]);
    const claims = part(parts[1]);
    const shop = new URL(claims.dest).hostname;
    const good = head.alg === 'HS256' && claims.aud === apiKey && new URL(claims.iss).hostname === shop
      && claims.exp > now - LEEWAY && claims.nbf < now + LEEWAY && /^[a-z0-9][a-z0-9-]*\.myshopify\.com$/.test(shop);
    return good ? shop : null;
  } catch {
    return null;
  }
}
