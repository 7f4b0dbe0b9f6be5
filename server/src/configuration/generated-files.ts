import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withWrittenParts } from './compose.ts';
import { envExample } from './env-example.ts';
import { configurationPage } from './markdown.ts';

/** The files of the repository that follow from the settings, with what each has to hold. */
export function generatedFiles(root: string): Readonly<Record<string, string>> {
  const compose = withWrittenParts(readFileSync(join(root, 'docker-compose.yml'), 'utf8'));
  return {
    'docker-compose.yml': compose,
    '.env.example': envExample(compose),
    'docs/configuration.md': configurationPage(),
  };
}
