// JSON Schemas of interfaces, read from the TypeScript files that declare them: what payloads of events are made of, and nothing
// else. What it does not understand is an error.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

const PLAIN = {
  [ts.SyntaxKind.StringKeyword]: { type: 'string' },
  [ts.SyntaxKind.NumberKeyword]: { type: 'number' },
  [ts.SyntaxKind.BooleanKeyword]: { type: 'boolean' },
};

/** @param {string} root the repository */
export function payloadTypes(root) {
  const files = new Map();

  function read(path) {
    let source = files.get(path);
    if (!source) {
      source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
      files.set(path, source);
    }
    return source;
  }

  /** Where `from './x.ts'` or `from '@flowmesh/platform/x'` leads. */
  function fileOf(specifier, from) {
    const path = specifier.startsWith('.')
      ? join(dirname(from), specifier)
      : join(root, specifier.replace('@flowmesh/', ''), 'index.ts');
    return existsSync(path) ? path : null;
  }

  /** The declaration of a type, also when it is imported or handed on. */
  function find(name, path) {
    for (const statement of read(path).statements) {
      const declares = ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement);
      if (declares && statement.name.text === name) return { declaration: statement, path };
      const bindings = ts.isImportDeclaration(statement)
        ? statement.importClause?.namedBindings
        : ts.isExportDeclaration(statement) && statement.moduleSpecifier && statement.exportClause;
      if (!bindings || !('elements' in bindings)) continue;
      const element = bindings.elements.find((each) => each.name.text === name);
      const next = element && fileOf(statement.moduleSpecifier.text, path);
      if (next) return find((element.propertyName ?? element.name).text, next);
    }
    throw new Error(`${path}: there is no type ${name}`);
  }

  function schemaOfType(node, path) {
    if (PLAIN[node.kind]) return PLAIN[node.kind];
    if (ts.isLiteralTypeNode(node)) {
      if (node.literal.kind === ts.SyntaxKind.NullKeyword) return { type: 'null' };
      if (ts.isStringLiteral(node.literal)) return { enum: [node.literal.text] };
    }
    if (ts.isUnionTypeNode(node)) return union(node.types.map((type) => schemaOfType(type, path)));
    if (ts.isTypeReferenceNode(node) && !node.typeArguments) return schemaOf(node.typeName.getText(), path);
    throw new Error(`${path}: payloads of events have no ${node.getText()}`);
  }

  function schemaOf(name, from) {
    const { declaration, path } = find(name, from);
    if (ts.isTypeAliasDeclaration(declaration)) return schemaOfType(declaration.type, path);
    const inherited = (declaration.heritageClauses ?? [])
      .flatMap(({ types }) => types)
      .map(({ expression }) => schemaOf(expression.getText(), path));
    const properties = Object.assign({}, ...inherited.map((each) => each.properties));
    const required = inherited.flatMap((each) => each.required);
    for (const member of declaration.members) {
      const text = ts.getTextOfJSDocComment(ts.getJSDocCommentsAndTags(member)[0]?.comment);
      const schema = schemaOfType(member.type, path);
      properties[member.name.getText()] = text ? { description: text.replace(/\s*\n\s*/g, ' '), ...schema } : schema;
      if (!member.questionToken) required.push(member.name.getText());
    }
    return { type: 'object', properties, required };
  }

  /** @param {string} file @param {string} name of an exported interface */
  return (file, name) => schemaOf(name, join(root, file));
}

function union(schemas) {
  const values = schemas.flatMap((schema) => schema.enum ?? []);
  const others = schemas.filter((schema) => !schema.enum);
  const all = [...(values.length > 0 ? [{ enum: values }] : []), ...others];
  if (all.length === 1) return all[0];
  if (all.every(({ type, ...rest }) => typeof type === 'string' && Object.keys(rest).length === 0)) {
    return { type: all.map(({ type }) => type) };
  }
  return { anyOf: all };
}
