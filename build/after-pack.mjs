// What electron-builder leaves behind of the Electron it was given.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

export default async function afterPack({ appOutDir, electronPlatformName, packager }) {
  const resources =
    electronPlatformName === 'darwin'
      ? join(appOutDir, `${packager.appInfo.productFilename}.app`, 'Contents', 'Resources')
      : join(appOutDir, 'resources');
  // Shown where an Electron is started without an app.
  await rm(join(resources, 'default_app.asar'), { recursive: true, force: true });
}
