// node server.js; what it needs comes by the environment (README.md).
import { createServer } from 'node:http';
import { Client } from '@purser/client';
import { makeApp } from './app.js';

const env = process.env;
const purser = new Client({
  baseUrl: env.PURSER_API_URL, keyId: env.PURSER_API_KEY, secret: env.PURSER_API_SECRET, timeout: 3, retries: 1,
});

createServer(makeApp({
  purser,
  apiKey: env.SHOPIFY_API_KEY,
  apiSecret: env.SHOPIFY_API_SECRET,
  shop: env.SHOPIFY_SHOP,
  onPaid: async (order) => console.log('paid', order),
})).listen(Number(env.PORT ?? 3000), '127.0.0.1', function listening() {
  console.log(`listening on ${this.address().port}`);
});
