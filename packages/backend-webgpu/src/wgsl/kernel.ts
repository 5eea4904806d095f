// A kernel call: which buffers it works on, its parameters, and how its WGSL is written. One description serves eager calls
// (parameters in a uniform, shaders shared by all shapes) and programs (parameters as literals, calls joined).
import { itemSize, type DType } from "@isoform/core";
import type { GpuBuffer } from "../device/buffers.js";
import { bitsOf, isWide, loadElement, perWord, storeElement } from "./dtypes.js";

/** A buffer that a kernel reads or writes. */
export interface Operand {
  readonly buffer: GpuBuffer;
  readonly dtype: DType;
  /** "update": read and written, other elements stay. */
  readonly access: "read" | "write" | "update";
  /**
   * WGSL type of the array's elements; default `u32`, for which `Code.load` and `store` convert. `atomic<u32>` and vectors are used
   * by name. Buffers are bound whole: what is bound as vectors starts at a multiple of their size.
   */
  readonly type?: "u32" | "atomic<u32>" | "vec4<f32>" | "vec2<f32>" | "f32" | "vec4<f16>";
}

/** Elements of workgroup memory. */
export type SharedType = "f32" | "u32" | "vec4<f32>" | "vec4<f16>";

/** One call of a kernel. */
export interface KernelCall {
  /** What the code depends on besides the parameters: equal keys, equal code. */
  readonly key: string;
  readonly operands: readonly Operand[];
  /** 32-bit integers; `Code.param` gives them. */
  readonly params: readonly number[];
  /** Workgroups. */
  readonly groups: number;
  /** Invocations of a workgroup; default 256. */
  readonly size?: number;
  /** Numbers in workgroup memory, which `code` uses as `shared_words`. */
  readonly shared?: number;
  /** What `shared_words` is an array of; default f32. Vectors are written whole only: their parts are no memory of their own. */
  readonly sharedType?: SharedType;
  /**
   * The operand that `code` writes with `Code.storeResult`: each of its elements once. In programs, elementwise operations that follow
   * are then computed right there.
   */
  readonly result?: number;
  /**
   * Statements. `group` is the workgroup's number and `lane` the invocation's within it, both u32. `return` ends an invocation; there
   * must be none before a barrier.
   */
  code(c: Code): string;
}

/** Runs kernel calls, now or as part of a program. */
export interface Runner {
  /** What the adapter can do. */
  readonly limits: GpuLimits;
  run(call: KernelCall): void;
  /** Memory for what a kernel needs between two calls; given back by `release` right after the last call that uses it. */
  scratch(bytes: number): GpuBuffer;
  release(buffer: GpuBuffer): void;
}

/** Limits and features that kernels choose by. */
export interface GpuLimits {
  readonly storageBuffers: number;
  readonly workgroupBytes: number;
  readonly workgroupSize: number;
  /** Subgroups, and their numbers within a workgroup. */
  readonly subgroups: boolean;
  /** Arrays of 16-bit floats. */
  readonly f16: boolean;
  /** A driver on the processor: it takes seconds to compile long shaders, and nobody measures speed on it. */
  readonly software: boolean;
}

/** Invocations of a workgroup unless a call says otherwise. */
export const GROUP_SIZE = 256;

/** What `KernelCall.code` writes with. */
export class Code {
  private writeResult: ((index: string, value: string) => string) | null = null;
  private readonly names: readonly string[];
  private readonly operands: readonly Operand[];
  private readonly paramText: (i: number) => string;

  /** `names` are those of the bound arrays; `paramText` gives a parameter as a u32 expression. */
  constructor(operands: readonly Operand[], names: readonly string[], paramText: (i: number) => string) {
    this.operands = operands;
    this.names = names;
    this.paramText = paramText;
  }

  /** Parameter `i` as a u32 expression. */
  param(i: number): string {
    return this.paramText(i);
  }

  /** Parameter `i` as an i32 expression. */
  iparam(i: number): string {
    return `bitcast<i32>(${this.paramText(i)})`;
  }

  /** Parameter `i` as an f32 expression of the same bits. */
  fparam(i: number): string {
    return `bitcast<f32>(${this.paramText(i)})`;
  }

  /** The array of operand `i`. */
  array(i: number): string {
    return this.names[i]!;
  }

  /** Element `index`, a u32 expression, of operand `i`, as its compute type. */
  load(i: number, index: string): string {
    return loadElement(this.operands[i]!.dtype, this.names[i]!, index);
  }

  /** Statement that writes element `index` of operand `i`, whose dtype has 4 or 8 bytes. */
  store(i: number, index: string, value: string): string {
    return storeElement(this.operands[i]!.dtype, this.names[i]!, index, value);
  }

  /** Whether more follows with each result: `storeResult` then has to be called for every element by itself. */
  get goesOn(): boolean {
    return this.writeResult !== null;
  }

  /** `store`, for the operand that is the call's `result`; `index` is the row-major one. */
  storeResult(i: number, index: string, value: string): string {
    return this.writeResult?.(index, value) ?? this.store(i, index, value);
  }

  /** The same, but `storeResult` writes what `write` says. */
  withResult(write: (index: string, value: string) => string): Code {
    const code = new Code(this.operands, this.names, this.paramText);
    code.writeResult = write;
    return code;
  }

  /**
   * Statements that compute and write elements of operand `i` in whole words: invocation `item` (a u32 expression) makes the elements
   * of one word, or one element of 4 or 8 bytes, as the call's result if the operand is that. `element` writes the statements that set the variable `value` to element `index`.
   */
  storeMapped(i: number, item: string, count: string, element: (index: string) => string): string {
    const { dtype } = this.operands[i]!;
    const per = perWord(dtype);
    if (per === 1) {
      return `let index = ${item};
if (index < ${count}) {
${element("index")}
${this.storeResult(i, "index", "value")}
}`;
    }
    const bits = itemSize(dtype) * 8;
    return `if (${item} * ${per}u < ${count}) {
var word = 0u;
for (var part = 0u; part < ${per}u; part++) {
let index = ${item} * ${per}u + part;
if (index < ${count}) {
${element("index")}
word |= ${bitsOf(dtype, "value")} << (part * ${bits}u);
}
}
${this.names[i]}[${item}] = word;
}`;
  }
}

/** Items for `Code.storeMapped`: words of the output, or its 8-byte elements. */
export function itemsOf(dtype: DType, elements: number): number {
  return isWide(dtype) ? elements : Math.ceil(elements / perWord(dtype));
}

/** Workgroups for so many items, one per invocation. */
export function groupsFor(items: number, size: number = GROUP_SIZE): number {
  return Math.ceil(items / size);
}
