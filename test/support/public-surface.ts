// The public surface of a package, read from its sources: what `index.ts` exports by name, with the docstrings.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseAst } from "rolldown/parseAst";

/** A syntax node as the parser gives it; only the fields read here are known. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

/** One exported declaration, or one public method of an exported class. */
export interface Declared {
  readonly file: string;
  readonly line: number;
  /** The name under which users reach it, `Tensor.add` for a method. */
  readonly name: string;
  readonly kind: "function" | "class" | "method" | "value" | "type";
  /** The text of the docstring without its stars, `undefined` when there is none. */
  readonly doc: string | undefined;
  /** Parameters and return type as written. */
  readonly signature: string;
  /** Number of parameters; 0 when the declaration does not show them. */
  readonly parameters: number;
}

/** What one file exports or declares under a name. */
type Entity =
  | { readonly is: "namespace"; readonly file: string }
  | { readonly is: "declaration"; readonly file: string; readonly node: Node; readonly at: Node };

/** Where an exported name comes from: this file's own entity, or a name of another file. */
type Origin = Entity | { readonly is: "elsewhere"; readonly file: string; readonly name: string };

interface Module {
  readonly text: string;
  readonly exports: ReadonlyMap<string, Origin>;
  /** Names this file can use without exporting them: its imports and its own declarations. */
  readonly local: ReadonlyMap<string, Origin>;
  /** Files of `export * from`. */
  readonly stars: readonly string[];
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof Reflect.get(value, "type") === "string";
const node = (value: unknown): Node | undefined => (isNode(value) ? value : undefined);
const nodes = (value: unknown): Node[] => (Array.isArray(value) ? value.filter(isNode) : []);
const nameOf = (value: unknown): string => {
  const n = node(value);
  return String(n?.["name"] ?? n?.["value"] ?? "");
};

/** Reads the sources of packages; every file is parsed once. */
export class PublicSurface {
  readonly #modules = new Map<string, Module>();

  /** Everything `entry` exports, namespaces included (`nn.Linear`), classes with their public methods. */
  declarations(entry: string): Declared[] {
    const found = new Map<string, Declared>();
    const walk = (file: string, prefix: string, inside: ReadonlySet<string>): void => {
      for (const name of this.#names(file)) {
        const entity = this.#find(file, name);
        if (entity?.is === "namespace") {
          if (!inside.has(entity.file))
            walk(entity.file, `${prefix}${name}.`, new Set([...inside, entity.file]));
        } else if (entity) {
          for (const d of this.#declared(entity, `${prefix}${name}`)) {
            const key = `${d.file}:${d.line}:${d.kind}`;
            if (!found.has(key)) found.set(key, d);
          }
        }
      }
    };
    walk(entry, "", new Set([entry]));
    return [...found.values()];
  }

  #names(file: string, seen = new Set<string>()): Set<string> {
    if (seen.has(file)) return new Set();
    seen.add(file);
    const module = this.#module(file);
    return new Set([...module.exports.keys(), ...module.stars.flatMap((f) => [...this.#names(f, seen)])]);
  }

  #find(file: string, name: string, seen = new Set<string>()): Entity | undefined {
    if (seen.has(file)) return undefined;
    seen.add(file);
    const module = this.#module(file);
    const origin = module.exports.get(name);
    if (origin?.is === "elsewhere") return this.#find(origin.file, origin.name);
    if (origin) return origin;
    for (const star of module.stars) {
      const entity = this.#find(star, name, seen);
      if (entity) return entity;
    }
    return undefined;
  }

  /** What an expression `Name` or `namespace.Name` stands for. */
  #referred(file: string, expression: Node): Entity | undefined {
    if (expression.type === "Identifier") return this.#inScope(file, nameOf(expression));
    if (expression.type !== "MemberExpression") return undefined;
    const object = node(expression["object"]);
    const namespace = object?.type === "Identifier" ? this.#inScope(file, nameOf(object)) : undefined;
    return namespace?.is === "namespace"
      ? this.#find(namespace.file, nameOf(expression["property"]))
      : undefined;
  }

  #inScope(file: string, name: string): Entity | undefined {
    const module = this.#module(file);
    const origin = module.local.get(name) ?? module.exports.get(name);
    return origin?.is === "elsewhere" ? this.#find(origin.file, origin.name) : origin;
  }

  #module(file: string): Module {
    const known = this.#modules.get(file);
    if (known) return known;
    const text = readFileSync(file, "utf8");
    const body = nodes(node(parseAst(text, { lang: "ts" }))?.["body"]);
    const local = new Map<string, Origin>();
    const exports = new Map<string, Origin>();
    const stars: string[] = [];
    for (const item of body) {
      if (item.type !== "ImportDeclaration") continue;
      const target = resolve(file, item["source"]);
      if (!target) continue;
      for (const s of nodes(item["specifiers"]))
        local.set(
          nameOf(s["local"]),
          s.type === "ImportNamespaceSpecifier"
            ? { is: "namespace", file: target }
            : { is: "elsewhere", file: target, name: nameOf(s["imported"]) },
        );
    }
    for (const item of body) {
      const declaration = item.type === "ExportNamedDeclaration" ? node(item["declaration"]) : item;
      for (const [name, of] of declaration ? declarationsIn(declaration) : []) {
        const init = node(of["init"]);
        const alias = init?.type === "Identifier" ? local.get(nameOf(init)) : undefined;
        const origin: Origin =
          alias?.is === "namespace" ? alias : { is: "declaration", file, node: of, at: item };
        // Of overloads the first signature carries the docstring; of a type and a value, the value.
        const earlier = exports.get(name) ?? local.get(name);
        const isType = /^TS(Interface|TypeAlias|Module)Declaration$/.test(of.type);
        if (earlier && (isType || !isTypeOnly(earlier))) continue;
        (item.type === "ExportNamedDeclaration" ? exports : local).set(name, origin);
      }
    }
    for (const item of body) {
      const target = resolve(file, item["source"]);
      if (item.type === "ExportAllDeclaration" && target) {
        const as = node(item["exported"]);
        if (as) exports.set(nameOf(as), { is: "namespace", file: target });
        else stars.push(target);
      } else if (item.type === "ExportNamedDeclaration") {
        for (const s of nodes(item["specifiers"])) {
          const name = nameOf(s["local"]);
          const origin: Origin | undefined = target
            ? { is: "elsewhere", file: target, name }
            : local.get(name);
          if (origin) exports.set(nameOf(s["exported"]), origin);
        }
      }
    }
    const module = { text, exports, local, stars };
    this.#modules.set(file, module);
    return module;
  }

  #declared(entity: Extract<Entity, { is: "declaration" }>, name: string): Declared[] {
    const { text } = this.#module(entity.file);
    const one = (as: string, kind: Declared["kind"], of: Node | undefined, at: Node): Declared => ({
      file: entity.file,
      line: text.slice(0, at.start).split("\n").length,
      name: as,
      kind,
      doc: docAbove(text, at.start),
      ...signature(text, of),
    });
    const of = entity.node;
    if (of.type === "ClassDeclaration") {
      const members = nodes(node(of["body"])?.["body"]).filter(isPublicMethod);
      const constructor = members.find((m) => m["kind"] === "constructor");
      // Of overloads the first signature carries the docstring.
      const methods = members.filter(
        (m, i) => m !== constructor && nameOf(members[i - 1]?.["key"]) !== nameOf(m["key"]),
      );
      return [
        one(name, "class", node(constructor?.["value"]), entity.at),
        ...methods.map((m) => one(`${name}.${nameOf(m["key"])}`, "method", node(m["value"]), m)),
      ];
    }
    if (of.type === "VariableDeclarator") {
      const init = node(of["init"]);
      const value = one(name, init && /Function/.test(init.type) ? "function" : "value", init, entity.at);
      // `const Linear = callable(LinearClass)`: the methods users call are the class's.
      const methods = [...nodes(init?.["arguments"]), ...(init ? [init] : [])].flatMap((of) => {
        const made = this.#referred(entity.file, of);
        return made?.is === "declaration" && made.node.type === "ClassDeclaration"
          ? this.#declared(made, name).filter((d) => d.kind === "method")
          : [];
      });
      return [value, ...methods];
    }
    return [one(name, /Function/.test(of.type) ? "function" : "type", of, entity.at)];
  }
}

const isTypeOnly = (origin: Origin): boolean =>
  origin.is === "declaration" && /^TS(Interface|TypeAlias|Module)Declaration$/.test(origin.node.type);

function resolve(from: string, source: unknown): string | undefined {
  const path = nameOf(source);
  if (!path.startsWith(".")) return undefined;
  const file = join(dirname(from), path).replace(/\.js$/, ".ts");
  return existsSync(file) ? file : undefined;
}

function declarationsIn(declaration: Node): [string, Node][] {
  if (declaration.type === "VariableDeclaration")
    return nodes(declaration["declarations"]).map((d) => [nameOf(d["id"]), d]);
  if (
    /^(FunctionDeclaration|TSDeclareFunction|ClassDeclaration|TS(Interface|TypeAlias)Declaration)$/.test(
      declaration.type,
    )
  )
    return [[nameOf(declaration["id"]), declaration]];
  return [];
}

function isPublicMethod(member: Node): boolean {
  if (!/^(MethodDefinition|TSAbstractMethodDefinition)$/.test(member.type)) return false;
  if (member["accessibility"] === "private" || member["accessibility"] === "protected") return false;
  if (member["override"] === true || member["computed"] === true) return false;
  const key = node(member["key"]);
  return key !== undefined && key.type !== "PrivateIdentifier" && !nameOf(key).startsWith("_");
}

function signature(text: string, of: Node | undefined): Pick<Declared, "signature" | "parameters"> {
  const params = nodes(of?.["params"]);
  const returns = node(of?.["returnType"]);
  const parts = [...params, ...(returns ? [returns] : [])].map((n) => text.slice(n.start, n.end));
  return { signature: parts.join(", "), parameters: params.length };
}

/** The `/** … *\/` comment that ends right above `start`. */
function docAbove(text: string, start: number): string | undefined {
  const before = text.slice(0, start).trimEnd();
  if (!before.endsWith("*/")) return undefined;
  const open = before.lastIndexOf("/**");
  if (open < 0) return undefined;
  return before
    .slice(open + 3, -2)
    .split("\n")
    .map((line) => line.replace(/^\s*\*? ?/, ""))
    .join("\n")
    .trim();
}
