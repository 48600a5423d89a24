import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** The import rule: who may import from whom. Everything not named here is refused. */
const SIDES = {
  shared: [],
  worker: ['shared'],
  engine: ['shared'],
  cli: ['engine', 'shared'],
  electron: ['engine', 'shared'],
  renderer: ['shared'],
};
const ALL = [...Object.keys(SIDES), 'build', 'test', 'bench', 'scripts'];
/** What runs without a window, or in a container, must not need one. */
const WITHOUT_WINDOWS = ['shared', 'worker', 'engine', 'cli'];
const PACKAGES_OF = { shared: ['valibot', 'pretty-bytes', 'pretty-ms'], worker: ['valibot', 'ignore'] };
const NO_DEFAULT = {
  selector: 'ExportDefaultDeclaration',
  message: 'No default exports: a thing has one name everywhere.',
};

/** One block a side: relative imports may only reach its own folder and those the rule allows. */
const zones = Object.entries(SIDES).map(([side, allowed]) => ({
  files: [`${side}/**/*.ts`, `${side}/**/*.tsx`],
  ignores: ['**/*.test.ts'],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            group: ALL.filter((other) => other !== side && !allowed.includes(other)).map(
              (other) => `**/../${other}/**`,
            ),
            message: `${side}/ may import from ${[side, ...allowed].join(', ')} only.`,
          },
          ...(WITHOUT_WINDOWS.includes(side)
            ? [{ regex: '^(electron|react|react-dom)(/|$)', message: `${side}/ runs without Electron and React.` }]
            : []),
          ...(side === 'renderer'
            ? [
                {
                  regex: '^(node:|electron)',
                  message: 'renderer/ runs in a sandboxed page, without Node and Electron.',
                },
              ]
            : []),
          ...(side === 'electron' ? [{ regex: '^react', message: 'electron/ draws nothing.' }] : []),
          ...(side in PACKAGES_OF
            ? [
                {
                  regex: `^(?!\\.|node:${PACKAGES_OF[side].map((name) => `|${name}$`).join('')})`,
                  message: `${side}/ uses no package but: ${PACKAGES_OF[side].join(', ') || 'none'}.`,
                },
              ]
            : []),
        ],
      },
    ],
  },
}));

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'coverage/**', '.cache/**'] },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'no-restricted-syntax': ['error', NO_DEFAULT],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: { string: true } }],
      eqeqeq: 'error',
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'no-console': 'error',
    },
  },
  ...zones,
  {
    // What runs in a sandboxed page: no Node, no Electron, and main is reached through the injected transport only.
    files: ['renderer/**/*.ts', 'renderer/**/*.tsx'],
    ignores: ['**/*.test.ts', 'renderer/transport/electron.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        NO_DEFAULT,
        {
          selector: 'ImportSpecifier[imported.name=/^(BRIDGE_NAME|Bridge|channelOf)$/]',
          message: 'Only renderer/transport/electron.ts knows the preload.',
        },
        {
          selector: 'JSXAttribute[name.name="dangerouslySetInnerHTML"]',
          message: 'Names from the NAS are untrusted: never HTML.',
        },
      ],
    },
  },
  {
    files: ['electron/**/*.ts'],
    ignores: ['electron/ipc/serve.ts', 'electron/preload/**'],
    rules: {
      'no-restricted-syntax': [
        'error',
        NO_DEFAULT,
        {
          selector: 'ImportSpecifier[imported.name=/^(ipcMain|ipcRenderer)$/]',
          message: 'What crosses is served by electron/ipc/serve.ts, from the map in shared/ipc.ts.',
        },
      ],
    },
  },
  {
    files: ['electron/preload/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { regex: '^(\\.\\./(?!\\.\\./shared/)|node:)', message: 'The preload may import from shared only.' },
          ],
        },
      ],
    },
  },
  { files: ['**/*.test.ts', 'bench/**', 'scripts/**', 'cli/**', 'test/**'], rules: { 'no-console': 'off' } },
  // Vitest reads its configuration from a default export.
  { files: ['vitest.config.ts', 'vitest.e2e.config.ts'], rules: { 'no-restricted-syntax': 'off' } },
  {
    files: ['**/*.mjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        setTimeout: 'readonly',
        Buffer: 'readonly',
      },
    },
  },
);
