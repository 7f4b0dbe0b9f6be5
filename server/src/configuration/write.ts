// Writes what follows from the settings: `npm run docs`.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generatedFiles } from './generated-files.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
for (const [file, text] of Object.entries(generatedFiles(root))) writeFileSync(join(root, file), text);
