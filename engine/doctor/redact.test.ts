import { describe, expect, it } from 'vitest';
import { hidePaths, redactor, SECRET_KEY, SECRET_OPTION, type Redaction } from './redact.ts';

const redaction: Redaction = {
  names: ['alice@tower'],
  hashPaths: false,
  mountPaths: ['/mnt/user', '/mnt/disk1/Videos'],
  dataDir: '/mnt/user/appdata/smart-scanner',
  knownPaths: ['Private/divorce', 'Tax return 2019', 'tv'],
};

describe('secrets in texts', () => {
  const { text } = redactor(redaction);

  it.each([
    ['password="correct horse battery"', ['correct', 'horse', 'battery']],
    ["db_password: 'correct horse'", ['correct', 'horse']],
    [String.raw`{"Env":["CFG={\"password\":\"hunter2\"}"]}`, ['hunter2']],
    [String.raw`{"a":"{\"b\":\"{\\\"token\\\":\\\"hunter2 three\\\"}\"}"}`, ['hunter2', 'three']],
    ['{"auths":{"https://index.docker.io/v1/":{"auth":"Ym9iOmh1bnRlcjI="}}}', ['Ym9iOmh1bnRlcjI=']],
    ['mount.cifs --password hunter2 //nas/x', ['hunter2']],
    ['"Cmd":["--api-key","hunter2","--fast"]', ['hunter2']],
    ['MYSQL_PWD=hunter2 PGPASSWORD=hunter2', ['hunter2']],
    ['pwd: hunter2', ['hunter2']],
    ['Cookie: session=hunter2; other=hunter2', ['hunter2']],
    [String.raw`{\"Set-Cookie\":\"sid=hunter2; Path=/\"}`, ['hunter2']],
    ['username=bobby', ['bobby']],
    ['"User":"bobby"', ['bobby']],
    ['ssh://bobby@attic', ['bobby', 'attic']],
    ['tcp://[fe80::1ff:fe23:4567:890a]:2375', ['fe80', '890a']],
    ['bobby@attic: Permission denied (publickey)', ['bobby', 'attic']],
    ['https://bobby@example/x', ['bobby']],
    ['no answer from 2001:db8:85a3::8a2e:370:7334 and ::ffff:192.168.0.7', ['2001', '7334', '192.168']],
    ['2001:db8:0:1:1:1:1:1 or fe80::1%eth0', ['2001', 'fe80']],
    ['alice on tower', ['alice', 'tower']],
  ])('%s', (line, secrets) => {
    const plain = text(line);
    for (const secret of secrets) expect(plain).not.toContain(secret);
  });

  it.each([
    '2026-01-31 18:05:09 - INFO - PROGRESS 5,000 files, 12 % done',
    'bind /mnt/user:/mount:ro, user 99:100, "User":"99:100"',
    'unix:///var/run/docker.sock did not answer',
    'scan 0197b3f0-aaaa-7000-8000-000000000001: 3 passed, author: none',
  ])('nothing else: %s', (line) => {
    expect(text(line)).toBe(line);
  });

  it('are looked for in no time, whatever the lines are like', () => {
    const hidden = redactor({ ...redaction, hashPaths: true });
    const lines = [
      `--${'a_'.repeat(5_000)}`,
      'x'.repeat(50_000),
      'ab:'.repeat(5_000),
      '\\\\"'.repeat(5_000),
      '/a b'.repeat(5_000),
    ];
    const began = performance.now();
    for (const line of lines) hidden.text(line);
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it('keep JSON what it is', () => {
    expect(text('{"token":"hunter2","a":1}')).toBe('{"token":"[secret]","a":1}');
  });

  it('by the key of JSON, and by the option before them', () => {
    for (const key of ['auth', 'MYSQL_PWD', 'passwordHash', 'X-Registry-Auth', 'Cookie', 'pass'])
      expect(key).toMatch(SECRET_KEY);
    for (const key of ['key', 'author', 'passed', 'path', 'checks']) expect(key).not.toMatch(SECRET_KEY);
    expect('--db-password').toMatch(SECRET_OPTION);
    expect('--passive').not.toMatch(SECRET_OPTION);
  });
});

describe('names of directories, where they are to be hidden', () => {
  const { text, path } = redactor({ ...redaction, hashPaths: true });

  it.each([
    'also waiting: Private/divorce, Movies: likely one disk',
    '2026-01-31 18:05:09 - ERROR - open /mnt/user/Tax return 2019/Letters to Bob: it failed',
    'ERROR - /mnt/user/Letters to Bob/one two',
    'mv /mnt/disk1/Videos 2/Letters away',
    "smart-scanner scan '/mnt/disk2/Letters to Bob' Files",
    'somewhere in Private',
    'Letters to Bob: lstat (STALLED)',
    'rules: *.tmp, /Letters',
  ])('%s', (line) => {
    expect(text(line)).not.toMatch(/Private|divorce|Tax|return|2019|Letters|Bob|Movies/u);
  });

  it('mount points and what is ours stay', () => {
    for (const line of [
      'SMART SCAN of /mnt/disk1/Videos as "Videos" starts',
      '/mnt/disk1/Videos does not exist on the host.',
      '/mnt/user/appdata/smart-scanner/logs/smart_scan_20260131_180509.log has 3 lines with ERROR.',
    ])
      expect(text(line)).toBe(line);
  });

  it('equal names are equal hashes, in JSON too', () => {
    const hidden = path('Private/divorce');
    expect(text('` on `Private/divorce` of M')).toContain(hidden);
    expect(text(`/mnt/user/Private/divorce`)).toBe(`/mnt/user/${hidden}`);
    const finding = { about: 'M/Private/divorce', key: 'directory-stuck:M/Private/divorce', path: 'Private/divorce' };
    const shown = hidePaths({ ...finding, excludes: ['/Private/divorce', '*.tmp'] }, path);
    expect(JSON.stringify(shown)).not.toMatch(/Private|divorce|tmp/u);
    expect(shown).toMatchObject({ about: `M/${hidden}`, key: `directory-stuck:M/${hidden}`, path: hidden });
  });
});
