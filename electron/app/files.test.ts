import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { defaultDesktopSettings } from '../../shared/desktop-settings.ts';
import { temporaryDirectory } from '../../test/support/temporary.ts';
import { asText } from '../notify/as-text.ts';
import { placeWindow } from '../windows/window-state.ts';
import { followLog } from './log-follower.ts';
import { SettingsStore } from './settings-store.ts';

it('keeps settings, fills in what is missing, and starts anew on what can not be read', async () => {
  const path = join(temporaryDirectory(), 'deep', 'settings.json');
  const store = new SettingsStore(path);
  expect(await store.read()).toEqual(defaultDesktopSettings());
  await store.write({ ...defaultDesktopSettings(), theme: 'dark' });
  expect((await new SettingsStore(path).read()).theme).toBe('dark');
  writeFileSync(path, '{"theme":"light","of":"the future"}');
  expect(await store.read()).toEqual({ ...defaultDesktopSettings(), theme: 'light' });
  writeFileSync(path, '{"theme":"da');
  expect(await store.read()).toEqual(defaultDesktopSettings());
  expect(readFileSync(`${path}.unreadable`, 'utf8')).toBe('{"theme":"da');
  expect(existsSync(path)).toBe(false);
});

it('follows a log from its first line on as it grows, whole lines only', async () => {
  const path = join(temporaryDirectory(), 'scan.log');
  writeFileSync(path, 'one\ntwo\nthr');
  const ended = new AbortController();
  const lines: string[] = [];
  const following = followLog(
    path,
    (batch) => {
      lines.push(...batch.lines);
      if (batch.lines.includes('two')) appendFileSync(path, 'ee\nfour\n');
      if (batch.lines.includes('four')) ended.abort();
    },
    ended.signal,
  );
  await following;
  expect(lines).toEqual(['one', 'two', 'three', 'four']);
});

it('opens the window where it was, unless no screen shows that any more', () => {
  const screens = [{ x: 0, y: 0, width: 1920, height: 1080 }];
  const saved = { x: 100, y: 50, width: 1300, height: 900, maximized: false };
  expect(placeWindow(saved, screens)).toEqual(saved);
  expect(placeWindow({ ...saved, x: 5000 }, screens)).toMatchObject({ x: null, y: null, width: 1300 });
  expect(placeWindow({ ...saved, width: 9000, height: 10 }, screens)).toMatchObject({ width: 1920, height: 600 });
  expect(placeWindow(null, [])).toMatchObject({ width: 1280, height: 800 });
});

it('shows names with markup as they are in notifications of Linux desktops', () => {
  expect(asText({ title: '<b>x', body: 'a & <img src=x>' }, 'linux')).toEqual({
    title: '‹b›x',
    body: 'a &amp; &lt;img src=x&gt;',
  });
  expect(asText({ title: '<b>', body: '&' }, 'darwin')).toEqual({ title: '<b>', body: '&' });
});
