import { expect, it } from 'vitest';
import { autostartEntry, autostartFile } from './autostart.ts';

it('writes an entry that desktops start, whatever the path of the program is', () => {
  expect(autostartEntry('/opt/Smart Scanner/smart-scanner')).toContain(
    'Exec="/opt/Smart Scanner/smart-scanner" --hidden\n',
  );
  expect(autostartEntry('/opt/100 %/$x')).toContain('Exec="/opt/100 %%/\\\\$x" --hidden\n');
});

it('goes where the desktop looks', () => {
  expect(autostartFile({}, '/home/me')).toBe('/home/me/.config/autostart/smart-scanner.desktop');
  expect(autostartFile({ XDG_CONFIG_HOME: '/c' }, '/home/me')).toBe('/c/autostart/smart-scanner.desktop');
});
