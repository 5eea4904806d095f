// The kernels of batchNorm, batchNormTrain and its gradient: float32, channels on any axis.
import { sizeOf, type Attrs, type CompositeKernel } from "@isoform/core";
import type { Call, Engine, Exports, Scratch } from "../../engine.js";
import type { CopyKernel } from "../copy/copy.js";
import { launchRows } from "../rows/launch.js";
import { PIECE } from "../strided/runner.js";
import { addressOf, countOf, type Address, type CpuView } from "../view.js";
import { BLOCK_ROWS } from "./channels.js";
import { defineColumns, definePlanes } from "./define.js";

type Kernel = CompositeKernel<Address>;
type Inputs = readonly (CpuView | null)[];

/** A row-major tensor as `images` times `channels` times `size` elements. */
interface Split {
  readonly images: number;
  readonly channels: number;
  readonly size: number;
}

function split({ shape }: CpuView, axis: number): Split {
  return {
    images: sizeOf(shape.slice(0, axis)),
    channels: shape[axis]!,
    size: sizeOf(shape.slice(axis + 1)),
  };
}

const allF32 = (inputs: Inputs): boolean => inputs.every((v) => v === null || v.dtype === "float32");

/** Whether statistics of x can be had: strips of columns are whole vectors. */
function countable(attrs: object, inputs: Inputs, x: CpuView): boolean {
  const { size, channels } = split(x, (attrs as Attrs<"batchNorm">).axis);
  return allF32(inputs) && countOf(x) > 0 && (size > 1 || channels % 4 === 0);
}

/** Runs a kernel on addresses of row-major inputs, 0 where one is absent. */
type Run = (
  split: Split,
  eps: number,
  inputs: readonly number[],
  outputs: readonly number[],
  scratch: Scratch,
) => void;

/** The kernels by composite. */
export function batchNormKernels(engine: Engine, copy: CopyKernel): Readonly<Record<string, Kernel>> {
  const planes = (): Exports => engine.module("batchNorm:planes", definePlanes);
  const columns = (): Exports => engine.module("batchNorm:columns", defineColumns);
  const kernel = (x: number, supports: (attrs: object, inputs: Inputs) => boolean, run: Run): Kernel => ({
    supports,
    run: (attrs, inputs, outputs) => {
      const { axis, eps } = attrs as Attrs<"batchNorm">;
      engine.withScratch((scratch) => {
        const given = inputs.map((v) => (v === null ? 0 : addressOf(copy.dense(v, scratch))));
        run(split(inputs[x]!, axis), eps, given, outputs.map(addressOf), scratch);
      });
    },
  });
  /** Calls over planes: `at` names the addresses that move by a plane, and those that move by a parameter. */
  const overPlanes = (
    name: string,
    { images, channels, size }: Split,
    tensors: readonly number[],
    parameters: readonly number[],
    ...rest: readonly number[]
  ): void => {
    const step = channels * size * 4;
    launchRows(engine, planes()[name]!, channels, images * size, (c) => [
      ...tensors.map((p) => p + c * size * 4),
      images,
      step,
      size,
      ...parameters.map((p) => (p === 0 ? 0 : p + c * 4)),
      ...rest,
    ]);
  };
  const overColumns = (
    name: string,
    { images, channels }: Split,
    tensors: readonly number[],
    parameters: readonly number[],
  ): void => {
    launchRows(engine, columns()[name]!, images, channels, (row) => [
      channels,
      ...tensors.map((p) => p + row * channels * 4),
      ...parameters,
    ]);
  };
  /** Sums over blocks of rows, and what is made of them: two results per channel. */
  const overBlocks = (
    name: "statistics" | "sums",
    { images, channels }: Split,
    tensors: readonly number[],
    parameters: readonly number[],
    results: readonly [number, number],
    scratch: Scratch,
  ): void => {
    const blocks = Math.ceil(images / BLOCK_ROWS);
    const sums = scratch.take(blocks * channels * 8);
    const piece = Math.max(1, Math.floor(PIECE / (BLOCK_ROWS * channels)));
    const calls: Call[] = [];
    for (let block = 0; block < blocks; block += piece) {
      const row = block * BLOCK_ROWS;
      const rows = Math.min(piece * BLOCK_ROWS, images - row);
      const at = tensors.map((p) => p + row * channels * 4);
      calls.push([columns()[name]!, rows, channels, ...at, ...parameters, sums + block * channels * 8]);
    }
    engine.parallel(calls);
    const join = columns()[name === "sums" ? "joinSums" : "joinStatistics"]!;
    join(images, channels, sums, ...results);
  };

  return {
    batchNorm: kernel(
      0,
      // Programs have it in steps, which become one loop with what is around them: the same bits, one pass less.
      (_, inputs) => typeof inputs[0]!.buffer === "number" && allF32(inputs) && countOf(inputs[0]!) > 0,
      (at, eps, [x, mean, variance, scale, bias], [out], scratch) => {
        const [factor, shift] = [scratch.take(at.channels * 4), scratch.take(at.channels * 4)];
        const module = at.size > 1 ? planes() : columns();
        module["given"]!(at.channels, factor, shift, mean!, variance!, scale!, bias!, eps);
        if (at.size > 1) {
          const { images, channels: n, size } = at;
          const row = (r: number): number[] => [
            n,
            r % n,
            out! + r * size * 4,
            x! + r * size * 4,
            size,
            factor,
            shift,
          ];
          launchRows(engine, module["affine"]!, images * n, size, row);
        } else overColumns("affine", at, [out!, x!], [factor, shift]);
      },
    ),
    batchNormTrain: kernel(
      0,
      (attrs, inputs) => countable(attrs, inputs, inputs[0]!),
      (at, eps, [x, scale, bias], [out, mean, variance], scratch) => {
        const [factor, shift] = [scratch.take(at.channels * 4), scratch.take(at.channels * 4)];
        if (at.size > 1) {
          overPlanes("train", at, [out!, x!], [factor, shift, mean!, variance!, scale!, bias!], eps);
          return;
        }
        overBlocks("statistics", at, [x!], [], [mean!, variance!], scratch);
        columns()["made"]!(at.channels, factor, shift, mean!, variance!, scale!, bias!, eps);
        overColumns("centred", at, [out!, x!], [factor, shift, mean!]);
      },
    ),
    batchNormTrainGrad: kernel(
      1,
      (attrs, inputs) => countable(attrs, inputs, inputs[1]!),
      (at, eps, [g, x, scale], [dx, dscale, dbias], scratch) => {
        const [factor, slope, shift, mean, variance] = Array.from({ length: 5 }, () =>
          scratch.take(at.channels * 4),
        );
        const made = [factor!, slope!, shift!];
        if (at.size > 1) {
          overPlanes(
            "gradient",
            at,
            [dx!, g!, x!],
            [...made, mean!, variance!, scale!, dscale!, dbias!],
            eps,
          );
          return;
        }
        overBlocks("statistics", at, [x!], [], [mean!, variance!], scratch);
        overBlocks("sums", at, [g!, x!], [mean!], [dbias!, dscale!], scratch);
        columns()["slopes"]!(at.channels, ...made, variance!, scale!, dscale!, dbias!, at.images, eps);
        overColumns("gradient", at, [dx!, g!, x!], [...made, mean!]);
      },
    ),
  };
}
