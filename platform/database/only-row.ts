/** The row of a statement that always gives one, e.g. of figures, or of what was inserted. */
export function onlyRow<Row>(rows: readonly Row[]): Row {
  const [row] = rows;
  if (row === undefined) throw new Error('a statement that always gives a row has given none');
  return row;
}
