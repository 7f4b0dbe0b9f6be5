import ts from 'typescript';

/** Texts that an expression may have; where a part is known only when it runs, the text has a hole. */
export type Texts = readonly string[];

/** What stands for a part that is known only when it runs. */
export const HOLE = '\u0000';

type Arguments = ReadonlyMap<ts.Symbol, Texts>;
const NOTHING_GIVEN: Arguments = new Map();
/** Of one expression: branches multiply. */
const MAX_TEXTS = 64;

/** Reads SQL out of the source: literals, templates, constants, branches, and functions that only put text together. */
export class SqlTexts {
  constructor(private readonly checker: ts.TypeChecker) {}

  of(node: ts.Expression, given: Arguments = NOTHING_GIVEN): Texts {
    if (ts.isStringLiteralLike(node) || ts.isNumericLiteral(node)) return [node.text];
    const plain = withoutTypes(node);
    if (plain && plain !== node) return this.of(plain, given);
    if (ts.isTemplateExpression(node)) {
      return node.templateSpans.reduce<Texts>(
        (texts, span) => joined(joined(texts, this.of(span.expression, given)), [span.literal.text]),
        [node.head.text],
      );
    }
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
      return joined(this.of(node.left, given), this.of(node.right, given));
    }
    if (ts.isConditionalExpression(node)) return [...this.of(node.whenTrue, given), ...this.of(node.whenFalse, given)];
    if (ts.isCallExpression(node)) return this.ofCall(node, given);
    if (ts.isIdentifier(node) || ts.isPropertyAccessExpression(node)) return this.ofName(node, given);
    return [HOLE];
  }

  private ofName(node: ts.Identifier | ts.PropertyAccessExpression, given: Arguments): Texts {
    const symbol = this.symbolOf(node);
    if (!symbol) return [HOLE];
    const argument = given.get(symbol);
    if (argument) return argument;
    const listed = elementsOf(symbol.valueDeclaration);
    if (listed) return this.ofList(listed, given);
    const chosen = symbol.valueDeclaration && this.chosenOf(symbol.valueDeclaration, symbol.name);
    if (chosen && chosen.length > 0) return chosen.flatMap((each) => this.of(each, given));
    const constant = this.constantOf(node);
    return constant ? this.of(constant, given) : [HOLE];
  }

  /** What a constant, or a property of one, is set to. */
  constantOf(node: ts.Expression): ts.Expression | undefined {
    const declaration = this.symbolOf(node)?.valueDeclaration;
    if (!declaration) return undefined;
    const isConstant =
      (ts.isVariableDeclaration(declaration) && (ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const) !== 0) ||
      ts.isPropertyAssignment(declaration);
    return isConstant ? withoutTypes(declaration.initializer) : undefined;
  }

  /** Of `const { name } = CONSTANT[key]`: what it is under each key. */
  private chosenOf(declaration: ts.Declaration, name: string): ts.Expression[] | undefined {
    const variable = ts.isBindingElement(declaration) ? declaration.parent.parent : undefined;
    const from = variable && ts.isVariableDeclaration(variable) ? variable.initializer : undefined;
    const choices = from && ts.isElementAccessExpression(from) ? this.constantOf(from.expression) : undefined;
    return choices && propertiesOf(choices).flatMap((choice) => propertiesOf(choice, name));
  }

  /** Each of the texts of a list. */
  private ofList(list: ts.Expression, given: Arguments): Texts {
    const elements = withoutTypes(ts.isIdentifier(list) ? this.constantOf(list) : list);
    if (!elements || !ts.isArrayLiteralExpression(elements)) return [HOLE];
    return elements.elements.flatMap((element) => this.of(element, given));
  }

  /** Of a function that only gives a text. */
  private ofCall(node: ts.CallExpression, given: Arguments): Texts {
    const made = this.symbolOf(node.expression)?.valueDeclaration;
    const fn = made && ts.isVariableDeclaration(made) ? made.initializer : made;
    if (!fn || !(ts.isArrowFunction(fn) || ts.isFunctionDeclaration(fn)) || !fn.body) return [HOLE];
    const result = ts.isBlock(fn.body) ? onlyReturn(fn.body) : fn.body;
    if (!result) return [HOLE];
    const passed = new Map<ts.Symbol, Texts>();
    for (const [index, parameter] of fn.parameters.entries()) {
      const symbol = ts.isIdentifier(parameter.name) ? this.checker.getSymbolAtLocation(parameter.name) : undefined;
      const value = node.arguments[index] ?? parameter.initializer;
      if (symbol && value) passed.set(symbol, this.of(value, given));
    }
    return this.of(result, passed);
  }

  private symbolOf(node: ts.Node): ts.Symbol | undefined {
    const symbol = this.checker.getSymbolAtLocation(node);
    return symbol && (symbol.flags & ts.SymbolFlags.Alias) !== 0 ? this.checker.getAliasedSymbol(symbol) : symbol;
  }
}

const joined = (left: Texts, right: Texts): Texts =>
  left.flatMap((start) => right.map((end) => start + end)).slice(0, MAX_TEXTS);

function onlyReturn(body: ts.Block): ts.Expression | undefined {
  const [statement] = body.statements;
  return body.statements.length === 1 && statement && ts.isReturnStatement(statement)
    ? statement.expression
    : undefined;
}

const withoutTypes = (node: ts.Expression | undefined): ts.Expression | undefined =>
  node && (ts.isParenthesizedExpression(node) || ts.isAsExpression(node) || ts.isSatisfiesExpression(node))
    ? withoutTypes(node.expression)
    : node;

/** The list that a variable of `for (const … of …)` goes through. */
function elementsOf(declaration: ts.Declaration | undefined): ts.Expression | undefined {
  const loop = declaration && ts.isVariableDeclaration(declaration) ? declaration.parent.parent : undefined;
  return loop && ts.isForOfStatement(loop) ? loop.expression : undefined;
}

/** What the properties of an object are set to: all, or the one of this name. */
function propertiesOf(node: ts.Expression, name?: string): ts.Expression[] {
  const object = withoutTypes(node);
  if (!object || !ts.isObjectLiteralExpression(object)) return [];
  return object.properties.flatMap((property) =>
    ts.isPropertyAssignment(property) && (name === undefined || property.name.getText() === name)
      ? [property.initializer]
      : [],
  );
}
