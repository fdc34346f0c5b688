// What a Shopify app needs to work with Purser: the webhook orders/paid, verified, and the usage for the app's page in the admin.
import { PurserError, WebhookVerifier } from '@purser/client';
import { shopOf } from './session.js';

const BODY_MAX = 1 << 20; // bytes
const REMEMBERED = 10_000; // orders; in production a table with a unique key remembers them all
const FRESH = 60; // seconds that an answer about the usage is shown again

class TooLarge extends Error {}

async function bytesOf(request) {
  const pieces = [];
  let size = 0;
  for await (const piece of request) {
    size += piece.length;
    if (size > BODY_MAX) throw new TooLarge();
    pieces.push(piece);
  }
  return Buffer.concat(pieces); // as it came: the signature is over its bytes
}

function answer(response, status, value, headers = {}) {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...headers });
  response.end(JSON.stringify(value));
}

/**
 * A handler for node:http.
 *   purser     a Client of @purser/client
 *   apiKey     the app's client id; apiSecret its secret: one text, or while it is rotated the new and the old one
 *   shop       "ann.myshopify.com": whose usage this is; no other shop sees it
 *   onPaid     called with {shop, id, total, currency}, once for each order; it throws: Shopify sends it again
 */
export function makeApp({ purser, apiKey, apiSecret, shop, onPaid, now = () => Date.now() / 1000 }) {
  const secrets = [apiSecret].flat();
  const verifier = new WebhookVerifier({ scheme: 'generic', encoding: 'base64', secrets });
  const known = new Map(); // order's id => its promise
  let kept = null; // {usage, at}

  async function once(id, work) {
    if (!known.has(id)) {
      known.set(id, work());
      if (known.size > REMEMBERED) known.delete(known.keys().next().value);
    }
    try {
      await known.get(id);
    } catch (error) {
      known.delete(id);
      throw error;
    }
  }

  async function ordersPaid(request, response) {
    const body = await bytesOf(request);
    if (!verifier.verify({ header: request.headers['x-shopify-hmac-sha256'], body })) {
      return answer(response, 401, { error: 'not signed by Shopify' });
    }
    if (request.headers['x-shopify-topic'] !== 'orders/paid' || request.headers['x-shopify-shop-domain'] !== shop) {
      return answer(response, 200, { result: 'not mine' });
    }
    let order;
    try {
      order = JSON.parse(body.toString('utf8'));
    } catch {
      return answer(response, 400, { error: 'no JSON' });
    }
    // the signature is over the body alone: the headers choose the route, and decide nothing about the order
    if (!Number.isSafeInteger(order?.id)) return answer(response, 400, { error: 'no order' });
    if (order.financial_status !== 'paid') return answer(response, 200, { result: 'not paid' });
    // the same order may be sent more than once, and is booked once
    await once(order.id, async () => {
      await onPaid({ shop, id: order.id, total: order.total_price, currency: order.currency });
      kept = null; // the next page asks anew
    });
    return answer(response, 200, { result: 'booked' });
  }

  async function usage(request, response) {
    const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (!secrets.some((secret) => shopOf(token, { apiKey, apiSecret: secret, now: now() }) === shop)) {
      return answer(response, 401, { error: 'no session' }, { 'X-Shopify-Retry-Invalid-Session-Request': '1' });
    }
    if (!kept || kept.at < now() - FRESH) kept = { usage: await purser.usage(), at: now() };
    const { month, package: name, currency, volume, transactions, allowed, alerts } = kept.usage;
    return answer(response, 200, { month, package: name, currency, volume, transactions, allowed, alerts });
  }

  const routes = { 'POST /webhooks/orders-paid': ordersPaid, 'GET /usage': usage };

  return async function handle(request, response) {
    const route = routes[`${request.method} ${request.url.split('?')[0]}`];
    try {
      if (!route) return answer(response, 404, { error: 'not found' });
      return await route(request, response);
    } catch (error) {
      if (error instanceof TooLarge) return answer(response, 413, { error: 'too large' }, { Connection: 'close' });
      console.error(error instanceof PurserError ? `Purser: ${error.message}` : error);
      return answer(response, 503, { error: 'not now' }, { 'Retry-After': '5' });
    }
  };
}
