export interface Row {
  readonly name: string;
  /** How much of it, the more the better; the first row is the measure of the ratios. */
  readonly value: number;
  readonly note?: string;
}

const number = (value: number) =>
  value >= 100 ? Math.round(value).toLocaleString('en') : value.toLocaleString('en', { maximumFractionDigits: 2 });

/** Prints figures with their ratio to the first one. */
export function printTable(title: string, unit: string, rows: readonly Row[]): void {
  const width = Math.max(...rows.map(({ name }) => name.length));
  const first = rows[0]?.value ?? Number.NaN;
  process.stdout.write(`\n${title}\n`);
  for (const { name, value, note } of rows) {
    const ratio = `${number(value / first)}×`;
    process.stdout.write(
      `  ${name.padEnd(width)}  ${number(value).padStart(10)} ${unit}  ${ratio.padStart(8)}  ${note ?? ''}`.trimEnd() +
        '\n',
    );
  }
}
