import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { SmartScannerError } from '../../shared/errors.ts';
import { parseEndpoint, type Endpoint, type TlsFiles } from './endpoint.ts';

/** The docker command's own name for "no context". */
export const DEFAULT_CONTEXT = 'default';

const ConfigSchema = v.object({ currentContext: v.optional(v.string()) });
const ContextSchema = v.object({
  Endpoints: v.object({ docker: v.object({ Host: v.string(), SkipTLSVerify: v.optional(v.boolean(), false) }) }),
});

/** `currentContext` of Docker's own configuration; null where there is none. A file that can't be read says nothing. */
export async function currentContext(configDir: string): Promise<string | null> {
  try {
    const parsed = v.parse(ConfigSchema, JSON.parse(await readFile(join(configDir, 'config.json'), 'utf8')));
    return parsed.currentContext === undefined || parsed.currentContext === '' ? null : parsed.currentContext;
  } catch {
    return null;
  }
}

/** The endpoint of a docker context, with its TLS files. Throws DOCKER_CONTEXT where there is none, or none that can be read. */
export async function contextEndpoint(configDir: string, name: string): Promise<Endpoint> {
  const directory = createHash('sha256').update(name).digest('hex');
  const meta = join(configDir, 'contexts', 'meta', directory, 'meta.json');
  let text: string;
  try {
    text = await readFile(meta, 'utf8');
  } catch (error) {
    throw new SmartScannerError('DOCKER_CONTEXT', `There is no docker context named "${name}" in ${configDir}.`, {
      hint: 'See `docker context ls` for the names; DOCKER_CONTEXT, and `docker context use`, choose one.',
      cause: error,
    });
  }
  let docker: v.InferOutput<typeof ContextSchema>['Endpoints']['docker'];
  try {
    docker = v.parse(ContextSchema, JSON.parse(text)).Endpoints.docker;
  } catch (error) {
    throw new SmartScannerError('DOCKER_CONTEXT', `The docker context "${name}" can't be understood (${meta}).`, {
      hint: 'Make it anew with `docker context create`.',
      cause: error,
    });
  }
  const tls = await tlsFilesIn(join(configDir, 'contexts', 'tls', directory, 'docker'), !docker.SkipTLSVerify);
  const hasTls = docker.SkipTLSVerify || [tls.ca, tls.cert, tls.key].some((file) => file !== null);
  return parseEndpoint(docker.Host, hasTls ? tls : null);
}

/** ca.pem, cert.pem and key.pem, each where it is there. */
export async function tlsFilesIn(dir: string, verify: boolean): Promise<TlsFiles> {
  const existing = async (name: string): Promise<string | null> => {
    const path = join(dir, name);
    return await stat(path).then(
      () => path,
      () => null,
    );
  };
  const [ca, cert, key] = await Promise.all([existing('ca.pem'), existing('cert.pem'), existing('key.pem')]);
  return { ca, cert, key, verify };
}
