/** What a project's `package.json` says where it has none yet: enough to install, check and test. */
export function packageJson(folderName: string, version: string): string {
  const name = folderName.toLowerCase().replace(/[^a-z0-9-]+/g, "-") || "jobs";
  return json({
    name,
    private: true,
    type: "module",
    scripts: { check: "errand check jobs/*.ts", test: 'node --test "jobs/**/*.test.ts"' },
    devDependencies: { errand: `^${version}` },
  });
}

/** What makes an editor and `tsc` understand job files. Nothing is compiled: errand bundles, and Node reads the tests as they are. */
export function tsconfigJson(): string {
  return json({
    compilerOptions: {
      target: "es2024",
      lib: ["es2024", "esnext.disposable"],
      module: "preserve",
      moduleResolution: "bundler",
      types: ["node"],
      strict: true,
      noUncheckedIndexedAccess: true,
      allowImportingTsExtensions: true,
      verbatimModuleSyntax: true,
      skipLibCheck: true,
      noEmit: true,
    },
    include: ["jobs", "errand.config.ts"],
  });
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
