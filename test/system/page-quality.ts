import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

const PAGE_FAULTS = readFileSync(join(process.cwd(), 'test', 'system', 'page-faults.js'), 'utf8');

/** What a page does wrong for people on phones, at keyboards or with weak eyes; empty when nothing. */
export async function faultsOf(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(PAGE_FAULTS);
}

/** Whether the element has the focus. */
export async function isFocused(page: Page, selector: string): Promise<boolean> {
  return page.evaluate<boolean>(
    `document.activeElement === document.querySelector(${JSON.stringify(selector)})`,
  );
}

/** Moves the focus by Tab alone until it is on the element; the number of presses. @throws after 30 */
export async function tabTo(page: Page, selector: string): Promise<number> {
  for (let presses = 0; presses <= 30; presses += 1) {
    if (await isFocused(page, selector)) return presses;
    await page.keyboard.press('Tab');
  }
  throw new Error(`${selector} cannot be reached by Tab`);
}
