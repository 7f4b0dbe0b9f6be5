import { relative } from 'node:path';
import ts from 'typescript';
import { HOLE, SqlTexts, type Texts } from './sql-text.ts';

/** One property of the type that rows are said to have. */
export interface StatedColumn {
  readonly name: string;
  readonly type: string;
  readonly optional: boolean;
  /** Names of what is not null: `string`, `number`, `boolean`, `Date`, `list of …`, `anything`. */
  readonly kinds: readonly string[];
  /** When nothing but these texts is allowed; null otherwise. */
  readonly literals: readonly string[] | null;
}

/** A statement in the source, with what its rows are said to be. */
export interface Statement {
  /** File and line. */
  readonly at: string;
  readonly texts: Texts;
  /** Null when no type is given. */
  readonly row: readonly StatedColumn[] | null;
}

/** Every call of `query` with SQL below these files. */
export function findStatements(root: string, configFile: string, files: readonly string[]): Statement[] {
  const { config } = ts.readConfigFile(configFile, ts.sys.readFile) as { config: object };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const program = ts.createProgram([...files], { ...options, types: ['node'] });
  const checker = program.getTypeChecker();
  const sql = new SqlTexts(checker);
  const wanted = new Set(files);
  const found: Statement[] = [];

  const visit = (node: ts.Node, source: ts.SourceFile): void => {
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      const { name } = node.expression;
      const [first] = node.arguments;
      // What a store makes of its own `query` is found where that one asks the driver.
      const isDriver = !wanted.has(checker.getResolvedSignature(node)?.declaration?.getSourceFile().fileName ?? '');
      if (name.text === 'query' && first && isDriver) {
        const texts = textsOf(first, sql).filter((text) => text !== HOLE);
        const [stated] = node.typeArguments ?? [];
        const { line } = source.getLineAndCharacterOfPosition(node.getStart());
        const at = `${relative(root, source.fileName)}:${line + 1}`;
        found.push({ at, texts, row: stated ? columnsOf(checker.getTypeFromTypeNode(stated), checker) : null });
      }
    }
    ts.forEachChild(node, (child) => visit(child, source));
  };
  for (const source of program.getSourceFiles()) if (wanted.has(source.fileName)) visit(source, source);
  return found;
}

/** Of a text, or of an object with `text`, which may come from another one. */
function textsOf(node: ts.Expression, sql: SqlTexts): Texts {
  if (!ts.isObjectLiteralExpression(node)) return sql.of(node);
  for (const property of node.properties) {
    if (ts.isPropertyAssignment(property) && property.name.getText() === 'text') return sql.of(property.initializer);
    const other = ts.isSpreadAssignment(property) ? sql.constantOf(property.expression) : undefined;
    if (other) return textsOf(other, sql);
  }
  return [HOLE];
}

const columnsOf = (row: ts.Type, checker: ts.TypeChecker): StatedColumn[] =>
  checker.getPropertiesOfType(row).map((property) => {
    const type = checker.getTypeOfSymbol(property);
    const members = type.isUnion() ? type.types : [type];
    const isEmpty = (member: ts.Type) => (member.flags & (ts.TypeFlags.Null | ts.TypeFlags.Undefined)) !== 0;
    const present = members.filter((member) => !isEmpty(member));
    return {
      name: property.name,
      type: checker.typeToString(type),
      optional: (property.flags & ts.SymbolFlags.Optional) !== 0,
      kinds: [...new Set(present.map((member) => kindOf(member, checker)))],
      literals: present.every((member) => member.isStringLiteral())
        ? present.map((member) => (member as ts.StringLiteralType).value)
        : null,
    };
  });

function kindOf(type: ts.Type, checker: ts.TypeChecker): string {
  if ((type.flags & ts.TypeFlags.StringLike) !== 0) return 'string';
  if ((type.flags & ts.TypeFlags.NumberLike) !== 0) return 'number';
  if ((type.flags & ts.TypeFlags.BooleanLike) !== 0) return 'boolean';
  if (type.symbol?.name === 'Date') return 'Date';
  if (checker.isArrayType(type)) {
    const [element] = checker.getTypeArguments(type as ts.TypeReference);
    return `list of ${element ? kindOf(element, checker) : 'anything'}`;
  }
  return 'anything';
}
