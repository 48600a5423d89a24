// Writes docs/troubleshooting.md from the checks and findings of engine/doctor: `node scripts/run.mjs scripts/troubleshooting.ts`.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { troubleshootingPage } from '../engine/doctor/troubleshooting-page.ts';

writeFileSync(join(import.meta.dirname, '..', 'docs', 'troubleshooting.md'), troubleshootingPage());
