// For the app's page in Shopify's admin: shows the usage in an element. `shopify` is App Bridge's global.
export async function showUsage(element, { shopify = globalThis.shopify, fetch = globalThis.fetch } = {}) {
  const response = await fetch('/usage', { headers: { Authorization: `Bearer ${await shopify.idToken()}` } });
  if (!response.ok) {
    element.textContent = 'The usage cannot be shown at the moment.';
    return;
  }
  const { month, package: name, currency, volume, transactions, allowed } = await response.json();
  const of = ({ used, limit, percent }) => (limit === null ? `${used}, no limit` : `${used} of ${limit} (${percent} %)`);
  // textContent: names are text, whatever is in them
  element.textContent = `${month}, ${name}: ${of(volume)} ${currency}; ${of(transactions)} transactions`
    + (allowed ? '' : '. Payments are stopped.');
}
