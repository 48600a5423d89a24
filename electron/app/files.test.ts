import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defaultDesktopSettings } from '../../shared/desktop-settings.ts';
import { temporaryDirectory } from '../../test/support/temporary.ts';
import { asText } from '../notify/as-text.ts';
import { placeWindow } from '../windows/window-state.ts';
import { SettingsStore } from './settings-store.ts';

describe('the settings', () => {
  it('are kept, and what is missing in them is filled in', async () => {
    const path = join(temporaryDirectory(), 'deep', 'settings.json');
    const store = new SettingsStore(path);
    expect(await store.read()).toEqual({ settings: defaultDesktopSettings(), note: null });
    await store.write({ ...defaultDesktopSettings(), theme: 'dark' });
    expect((await new SettingsStore(path).read()).settings.theme).toBe('dark');
  });

  it('of an older version are read as they were meant', async () => {
    const path = join(temporaryDirectory(), 'settings.json');
    writeFileSync(path, '{"version":1,"theme":"light","units":"decimal","notices":{"finished":false},"of":"before"}');
    const { settings, note } = await new SettingsStore(path).read();
    expect(note).toBeNull();
    const usual = defaultDesktopSettings();
    expect(settings).toEqual({
      ...usual,
      theme: 'light',
      units: 'decimal',
      notices: { ...usual.notices, finished: false },
    });
  });

  it.each([
    ['{"theme":"da', /damaged/u],
    ['{"version":2,"theme":"pink"}', /damaged/u],
    ['{"version":99,"theme":"dark"}', /newer version/u],
  ])('that can not be read (%s) are kept aside, and that is said', async (text, why) => {
    const path = join(temporaryDirectory(), 'settings.json');
    writeFileSync(path, text);
    const { settings, note } = await new SettingsStore(path).read();
    expect(settings).toEqual(defaultDesktopSettings());
    expect(note).toMatch(why);
    expect(note).toContain(`${path}.unreadable`);
    expect(readFileSync(`${path}.unreadable`, 'utf8')).toBe(text);
    expect(existsSync(path)).toBe(false);
  });
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
