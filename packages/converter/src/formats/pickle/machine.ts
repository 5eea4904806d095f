// The pickle machine: runs the opcodes of one pickle on data only. It has no way to import, call or construct.
import { ModelFormatError, UnsafeModelError } from "@isoform/core";
import { decodeUtf8, type ByteReader } from "../bytes.js";
import { checkLimit, type Limits } from "../limits.js";
import { hasControlCharacter } from "../strict-json.js";
import { maximumDepth, tooDeep } from "./check.js";
import { modernName, type GlobalRule, type RuleContext } from "./globals.js";
import { OP } from "./opcodes.js";
import { ascii, readScalar } from "./scalars.js";
import {
  unexpected,
  type PickleDict,
  type PickleGlobal,
  type PickleObject,
  type PickleValue,
} from "./value.js";

/** What the machine is given. */
export interface MachineOptions {
  readonly limits: Limits;
  /** The rule of a qualified name; throws when the name is not allowed. */
  rule(name: string, place: string): GlobalRule;
  /** The value of a persistent id; throws when there are none. */
  persistent(id: PickleValue, place: string): PickleValue;
}

/** Pushed values per allowed node: pushing a shared value costs only a pointer. */
const PUSHES_PER_NODE = 16;
const SMALL_INTS = 256n;
const HIGHEST_PROTOCOL = 5;
const MAX_NAME = 1000;

/** Runs one pickle from the reader's position; afterwards the reader stands behind its STOP. */
export class PickleMachine {
  readonly #reader: ByteReader;
  readonly #options: MachineOptions;
  readonly #memo = new Map<number, PickleValue>();
  readonly #rules = new Map<string, GlobalRule>();
  readonly #smallInts: PickleValue[] = [];
  readonly #outer: PickleValue[][] = [];
  #stack: PickleValue[] = [];
  readonly #maxNodes: number;
  readonly #maxPushes: number;
  readonly #maxMarks: number;
  #created = 0;
  #pushed = 0;
  #frameEnd = 0;
  #nesting = 0;
  #start = 0;

  constructor(reader: ByteReader, options: MachineOptions) {
    this.#reader = reader;
    this.#options = options;
    this.#maxNodes = options.limits.nodes;
    this.#maxMarks = maximumDepth(options.limits);
    this.#maxPushes = options.limits.nodes * PUSHES_PER_NODE;
  }

  /**
   * The pickled value.
   * @throws {ModelFormatError}
   * @throws {UnsafeModelError}
   * @throws {LimitExceededError}
   */
  run(): PickleValue {
    const reader = this.#reader;
    for (let first = true; ; first = false) {
      const start = reader.offset;
      this.#start = reader.position;
      const op = reader.u8();
      if (op === OP.PROTO) {
        const version = reader.u8();
        if (!first || version > HIGHEST_PROTOCOL) throw this.#bad(`a header of protocol ${version}`);
        continue;
      }
      if (op === OP.STOP) return this.#finish();
      if (op === OP.FRAME) {
        this.#frame(start);
        continue;
      }
      const scalar = readScalar(op, reader);
      if (scalar) this.#pushScalar(scalar);
      else this.#execute(op);
      if (start < this.#frameEnd && reader.offset > this.#frameEnd)
        throw this.#bad("an opcode crosses its frame");
    }
  }

  #finish(): PickleValue {
    const value = this.#pop();
    if (this.#stack.length > 0 || this.#outer.length > 0) throw this.#bad("values are left at the end");
    return value;
  }

  #frame(start: number): void {
    const length = this.#reader.size64();
    if (start < this.#frameEnd) throw this.#bad("a frame inside a frame");
    if (length > this.#reader.remaining) this.#reader.take(length);
    this.#frameEnd = this.#reader.offset + length;
  }

  get #place(): string {
    return `${this.#reader.name}@${this.#start}`;
  }

  #over(nodes: number): void {
    checkLimit(this.#options.limits, "nodes", nodes, this.#place);
  }

  #bad(problem: string): ModelFormatError {
    return new ModelFormatError(problem, { code: "format/pickle", path: this.#place });
  }

  #unsafe(problem: string): UnsafeModelError {
    return new UnsafeModelError(problem, { code: "unsafe/pickle", path: this.#place });
  }

  #push(value: PickleValue): void {
    if (++this.#pushed > this.#maxPushes) this.#over(Math.ceil(this.#pushed / PUSHES_PER_NODE));
    this.#stack.push(value);
  }

  #create(value: PickleValue): void {
    if (++this.#created > this.#maxNodes) this.#over(this.#created);
    this.#push(value);
  }

  #pushScalar(value: PickleValue): void {
    if (value.kind === "none" || value.kind === "bool") return this.#push(value);
    if (value.kind === "int" && value.value >= 0n && value.value < SMALL_INTS) {
      const index = Number(value.value);
      return this.#push((this.#smallInts[index] ??= value));
    }
    this.#create(value);
  }

  #pop(): PickleValue {
    const value = this.#stack.pop();
    if (!value) throw this.#bad("the stack is empty");
    return value;
  }

  #top(): PickleValue {
    const value = this.#stack.at(-1);
    if (!value) throw this.#bad("the stack is empty");
    return value;
  }

  /** The values above the last mark, which is removed. */
  #marked(): PickleValue[] {
    const values = this.#stack;
    const outer = this.#outer.pop();
    if (!outer) throw this.#bad("there is no mark");
    this.#stack = outer;
    return values;
  }

  #execute(op: number): void {
    const reader = this.#reader;
    switch (op) {
      case OP.MARK:
        if (++this.#created > this.#maxNodes) this.#over(this.#created);
        if (this.#outer.length >= this.#maxMarks) throw tooDeep(this.#maxMarks, this.#place);
        this.#outer.push(this.#stack);
        this.#stack = [];
        return;
      case OP.POP:
        if (this.#stack.length === 0) this.#marked();
        else this.#stack.pop();
        return;
      case OP.POP_MARK:
        this.#marked();
        return;
      case OP.DUP:
        return this.#push(this.#top());
      case OP.EMPTY_LIST:
        return this.#create({ kind: "list", items: [] });
      case OP.LIST:
        return this.#create({ kind: "list", items: this.#marked() });
      case OP.APPEND:
        return this.#append([this.#pop()]);
      case OP.APPENDS:
        return this.#append(this.#marked());
      case OP.EMPTY_TUPLE:
        return this.#create({ kind: "tuple", items: [] });
      case OP.TUPLE:
        return this.#create({ kind: "tuple", items: this.#marked() });
      case OP.TUPLE1:
      case OP.TUPLE2:
      case OP.TUPLE3: {
        const count = op - OP.TUPLE1 + 1;
        if (this.#stack.length < count) throw this.#bad("the stack is empty");
        return this.#create({ kind: "tuple", items: this.#stack.splice(-count) });
      }
      case OP.EMPTY_DICT:
        return this.#create({ kind: "dict", entries: [] });
      case OP.DICT: {
        const dict: PickleDict = { kind: "dict", entries: [] };
        this.#addEntries(dict.entries, this.#marked());
        return this.#create(dict);
      }
      case OP.SETITEM: {
        const value = this.#pop();
        return this.#setItems([this.#pop(), value]);
      }
      case OP.SETITEMS:
        return this.#setItems(this.#marked());
      case OP.EMPTY_SET:
        return this.#create({ kind: "set", items: [] });
      case OP.FROZENSET:
        return this.#create({ kind: "set", items: this.#marked() });
      case OP.ADDITEMS: {
        const items = this.#marked();
        const set = this.#top();
        if (set.kind !== "set") throw unexpected("a set", set, this.#place);
        for (const item of items) set.items.push(item);
        return;
      }
      case OP.PUT:
        return this.#remember(this.#textIndex());
      case OP.BINPUT:
        return this.#remember(reader.u8());
      case OP.LONG_BINPUT:
        return this.#remember(reader.u32());
      case OP.MEMOIZE:
        return this.#remember(this.#memo.size);
      case OP.GET:
        return this.#recall(this.#textIndex());
      case OP.BINGET:
        return this.#recall(reader.u8());
      case OP.LONG_BINGET:
        return this.#recall(reader.u32());
      case OP.PERSID:
        return this.#persistent({ kind: "str", value: ascii(reader) });
      case OP.BINPERSID:
        return this.#persistent(this.#pop());
      default:
        return this.#executeObject(op);
    }
  }

  /** The opcodes that name, make or fill objects. */
  #executeObject(op: number): void {
    switch (op) {
      case OP.GLOBAL: {
        const module = this.#line();
        return this.#push(this.#global(module, this.#line()));
      }
      case OP.STACK_GLOBAL: {
        const name = this.#pop();
        const module = this.#pop();
        if (module.kind !== "str") throw unexpected("a module name", module, this.#place);
        if (name.kind !== "str") throw unexpected("a name", name, this.#place);
        return this.#push(this.#global(module.value, name.value));
      }
      case OP.INST: {
        const module = this.#line();
        const type = this.#global(module, this.#line());
        return this.#create(this.#instantiate(type, this.#marked()));
      }
      case OP.OBJ: {
        const [type, ...args] = this.#marked();
        return this.#create(this.#instantiate(type, args));
      }
      case OP.NEWOBJ: {
        const args = this.#tuple();
        return this.#create(this.#instantiate(this.#pop(), args));
      }
      case OP.NEWOBJ_EX: {
        const kwargs = this.#pop();
        if (kwargs.kind !== "dict") throw unexpected("keyword arguments", kwargs, this.#place);
        const args = this.#tuple();
        return this.#create(this.#instantiate(this.#pop(), args, kwargs));
      }
      case OP.REDUCE: {
        const args = this.#tuple();
        return this.#create(this.#instantiate(this.#pop(), args));
      }
      case OP.BUILD: {
        const state = this.#pop();
        return this.#build(this.#top(), state);
      }
      case OP.EXT1:
      case OP.EXT2:
      case OP.EXT4:
        throw this.#unsafe("a global from the copyreg extension registry");
      case OP.NEXT_BUFFER:
      case OP.READONLY_BUFFER:
        throw this.#bad("a buffer outside the pickle");
      default:
        throw this.#bad(`an unknown opcode 0x${op.toString(16).padStart(2, "0")}`);
    }
  }

  #line(): string {
    const at = this.#reader.position;
    return decodeUtf8(this.#reader.line(MAX_NAME), this.#reader.name, at);
  }

  #tuple(): readonly PickleValue[] {
    const args = this.#pop();
    if (args.kind !== "tuple") throw unexpected("an argument tuple", args, this.#place);
    return args.items;
  }

  #global(module: string, name: string): PickleGlobal {
    const qualified = modernName(module, name);
    if (!module || !name || qualified.length > MAX_NAME || hasControlCharacter(qualified))
      throw this.#bad("a bad global name");
    if (!this.#rules.has(qualified)) {
      if (++this.#created > this.#maxNodes) this.#over(this.#created);
      this.#rules.set(qualified, this.#options.rule(qualified, this.#place));
    }
    return { kind: "global", name: qualified };
  }

  /** The data for `type(*args)`: an object, or what the rule of a known function builds. */
  #instantiate(
    type: PickleValue | undefined,
    args: readonly PickleValue[],
    kwargs?: PickleDict,
  ): PickleValue {
    if (type?.kind !== "global") throw this.#unsafe("a call of something that is not a global");
    const rule = this.#rules.get(type.name) ?? this.#options.rule(type.name, this.#place);
    if (rule.use === "name") throw this.#unsafe(`a call of ${type.name}, which may only be named`);
    if (rule.use === "class") {
      const object: PickleObject = { kind: "object", type: type.name, args, items: [], entries: [] };
      return kwargs ? { ...object, kwargs } : object;
    }
    if (kwargs) throw this.#bad(`keyword arguments for ${type.name}`);
    const context: RuleContext = {
      place: this.#place,
      instantiate: (inner, rest) => this.#nested(inner, rest),
    };
    const value = rule.call(args, context);
    this.#copied(value);
    return value;
  }

  /** Counts what a rule may have copied: a few bytes can name one long list again and again. */
  #copied(value: PickleValue): void {
    if (value.kind === "list" || value.kind === "tuple" || value.kind === "set")
      this.#pushed += value.items.length;
    else if (value.kind === "dict") this.#pushed += value.entries.length;
    else if (value.kind === "tensor") this.#pushed += value.tensor.shape.length;
    if (this.#pushed > this.#maxPushes) this.#over(Math.ceil(this.#pushed / PUSHES_PER_NODE));
  }

  /** An instance made by a rule. Rules may not call rules in turn more than once, so this cannot recurse deeply. */
  #nested(type: PickleGlobal, args: readonly PickleValue[]): PickleValue {
    if (this.#nesting > 0) throw this.#bad("a constructor inside a constructor");
    this.#nesting++;
    const value = this.#instantiate(type, args);
    this.#nesting--;
    return value;
  }

  #build(target: PickleValue, state: PickleValue): void {
    if (target.kind === "object") {
      if (target.state) throw this.#bad(`a second state for ${target.type}`);
      target.state = state;
    } else if (target.kind === "dict" || target.kind === "tensor") {
      if (target.attributes) throw this.#bad("a second state for one value");
      target.attributes = state;
    } else if (target.kind === "global") throw this.#unsafe(`a change of ${target.name}`);
    else throw unexpected("an object", target, this.#place);
  }

  #append(items: readonly PickleValue[]): void {
    const target = this.#top();
    if (target.kind !== "list" && target.kind !== "object") throw unexpected("a list", target, this.#place);
    for (const item of items) target.items.push(item);
  }

  #setItems(flat: readonly PickleValue[]): void {
    const target = this.#top();
    if (target.kind !== "dict" && target.kind !== "object") throw unexpected("a dict", target, this.#place);
    this.#addEntries(target.entries, flat);
  }

  #addEntries(entries: PickleDict["entries"], flat: readonly PickleValue[]): void {
    for (let i = 0; i < flat.length; i += 2) {
      const key = flat[i];
      const value = flat[i + 1];
      if (!key || !value) throw this.#bad("a key without a value");
      entries.push([key, value]);
    }
  }

  #persistent(id: PickleValue): void {
    this.#create(this.#options.persistent(id, this.#place));
  }

  #textIndex(): number {
    const text = ascii(this.#reader);
    if (!/^\d{1,10}$/.test(text)) throw this.#bad("a bad memo index");
    return Number(text);
  }

  #remember(index: number): void {
    this.#memo.set(index, this.#top());
    if (this.#memo.size > this.#maxNodes) this.#over(this.#memo.size);
  }

  #recall(index: number): void {
    const value = this.#memo.get(index);
    if (!value) throw this.#bad(`the memo has no entry ${index}`);
    this.#push(value);
  }
}
