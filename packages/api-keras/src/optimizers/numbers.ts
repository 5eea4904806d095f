// The numbers of an update that change from update to update: the learning rate and what rules make of it and the step.
import { hostEffect, hostNumber, type DType, type Tensor } from "@isoform/core";

/** A number; in a compiled step a 0-d tensor that gets its value before every run. */
export type HostNumber = number | Tensor;

/** Numbers that depend on the learning rate and on the step, as operands of ops. */
export interface UpdateNumbers {
  /** The learning rate. */
  readonly rate: HostNumber;
  /**
   * What `compute` gives for the learning rate and the step, counted from 1: computed in double precision, rounded once
   * to the dtype of the variable. Numbers of one name are computed once per update and shared by all variables.
   */
  number(name: string, compute: (rate: number, step: number) => number): HostNumber;
}

/** The numbers of one update. Its rate and step are taken when it is made, in a compiled step before every run. */
export class StepNumbers {
  #rate = 0;
  #step = 0;
  readonly #made: Map<string, HostNumber> = new Map();

  constructor(read: () => { readonly rate: number; readonly step: number }) {
    hostEffect(() => {
      const { rate, step } = read();
      this.#rate = rate;
      this.#step = step;
    });
  }

  number(name: string, dtype: DType, compute: (rate: number, step: number) => number): HostNumber {
    const key = `${name}:${dtype}`;
    let made = this.#made.get(key);
    if (made === undefined) {
      made = hostNumber(() => compute(this.#rate, this.#step), dtype);
      this.#made.set(key, made);
    }
    return made;
  }

  /** For variables of one dtype. */
  of(dtype: DType): UpdateNumbers {
    return {
      rate: this.number("rate", dtype, (rate) => rate),
      number: (name, compute) => this.number(name, dtype, compute),
    };
  }
}
