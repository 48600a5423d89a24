import type { DesktopApp } from './desktop.ts';

/** Goes to a place by its name on the left. */
export async function goTo({ page }: DesktopApp, place: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Places' }).getByRole('button', { name: place }).click();
}
