/** Paths in the input's own value, below the field `input`. */
export function inputPath(path: string): string {
  if (path === '') return 'input';
  return path.startsWith('[') ? `input${path}` : `input.${path}`;
}
