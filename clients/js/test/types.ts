// Compiled by tsc, never run: that the types say what a program needs.
import { ApiError, Client, RateLimited, RetryPolicy, headerValue, sign, verifyWebhook, WebhookVerifier } from '@purser/client';
import type { Transaction, Usage } from '@purser/client';

async function all(): Promise<void> {
  const client = new Client({ baseUrl: new URL('https://x'), keyId: 'pk_', secret: 'sk_', retries: new RetryPolicy({ retries: 1 }) });
  const usage: Usage = await client.usage({ signal: AbortSignal.timeout(1000) });
  const percent: number | null = usage.volume.percent;
  for await (const one of client.transactions({ from: new Date(), limit: 5 })) {
    const transaction: Transaction = one;
    transaction.amount.padStart(10);
  }
  const upgrade: string | undefined = (await client.package()).upgrade?.name;
  const page = await client.usageHistoryPage({ cursor: null });
  const next: string | null = page.next_cursor;
  const { allowed } = await client.rateLimitCheck({ identifier: 'a', endpoint: 'b', maxRequests: 1, windowSeconds: 1 }, { idempotencyKey: 'x' });
  const valid: boolean = await client.verifyWebhook({ gateway: 'g', signature: 's', body: new Uint8Array(1) });
  const raw = await client.request<{ x: number }>('GET', '/v1/x', { query: { a: 1, b: undefined } });
  // @ts-expect-error: there is no such member
  usage.nothing;
  // @ts-expect-error: maxRequests is wanted
  await client.rateLimitCheck({ identifier: 'a', endpoint: 'b', windowSeconds: 1 });
  // @ts-expect-error: md5 is no choice
  new WebhookVerifier({ scheme: 'generic', secrets: ['s'], algorithm: 'md5' });
  const same = verifyWebhook({ scheme: 'stripe', secrets: 's', header: headerValue('stripe', { a: 'b' }), body: '' });
  sign('sk_', { keyId: 'pk_', timestamp: 1, nonce: 'n', method: 'GET', target: '/' });
  void [percent, upgrade, next, allowed, valid, raw.x, same];
}

all().catch((error: unknown) => {
  if (error instanceof RateLimited || error instanceof ApiError) {
    const seconds: number | null = error.retryAfter;
    void [seconds, error.problem, error.errors[0]?.pointer];
  }
});
