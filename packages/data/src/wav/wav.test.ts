import { LimitExceededError, ModelFormatError, UnsupportedOpError } from "@isoform/core";
import { describe, expect, it } from "vitest";
import { ndArray } from "../arrays/nd-array.js";
import {
  expectContent,
  fromBase64,
  mutations,
  onlyTypedErrors,
  recordedFiles,
  truncations,
} from "../testing/recorded.js";
import { monoFloat32, readWav } from "./wav.js";

const recorded = recordedFiles().wav;
const sample = () => fromBase64(recorded[2]?.file ?? "");

describe("WAV", () => {
  for (const { name, file, rate, content } of recorded) {
    it(`reads ${name}`, () => {
      const wav = readWav(fromBase64(file));
      expect(wav.sampleRate).toBe(rate);
      expectContent(wav.samples, content);
    });

    it(`gives typed errors for damage to ${name}`, async () => {
      for (const part of truncations(fromBase64(file))) expect(() => readWav(part)).toThrow(ModelFormatError);
      for (const bytes of mutations(fromBase64(file), 300, 4)) await onlyTypedErrors(() => readWav(bytes));
    });
  }

  it("reads the extensible form of a format", () => {
    const bytes = sample();
    const rest = bytes.subarray(36);
    const out = new Uint8Array(bytes.length + 24);
    out.set(bytes.subarray(0, 36));
    out.set(rest, 60);
    const view = new DataView(out.buffer);
    view.setUint32(4, out.length - 8, true);
    view.setUint32(16, 40, true);
    view.setUint16(20, 0xfffe, true);
    view.setUint16(44, 1, true);
    expect(readWav(out)).toEqual(readWav(bytes));
  });

  it("names compressed formats and broken headers", () => {
    const change = (edit: (view: DataView) => void) => {
      const bytes = sample();
      edit(new DataView(bytes.buffer));
      return () => readWav(bytes);
    };
    expect(change((v) => v.setUint16(20, 85, true))).toThrow(UnsupportedOpError);
    expect(change((v) => v.setUint16(34, 12, true))).toThrow(UnsupportedOpError);
    expect(change((v) => v.setUint16(22, 0, true))).toThrow(ModelFormatError);
    expect(change((v) => v.setUint16(32, 9, true))).toThrow(ModelFormatError);
    expect(change((v) => v.setUint32(40, 9, true))).toThrow(ModelFormatError);
    expect(change((v) => v.setUint32(40, 0xffffffff, true))).toThrow(ModelFormatError);
    expect(change((v) => v.setUint8(36, 1))).toThrow(/no data/);
    expect(change((v) => v.setUint8(12, 1))).toThrow(/before the format/);
    expect(() => readWav(sample(), { limits: { arrayBytes: 4 } })).toThrow(LimitExceededError);
  });

  it("mixes to mono in [-1, 1]", () => {
    const stereo = {
      sampleRate: 8000,
      samples: ndArray("int16", [2, 2], Int16Array.of(-32768, 32767, 16384, 0)),
    };
    expect(Array.from(monoFloat32(stereo).data)).toEqual([Math.fround(-0.5 / 32768), 0.25]);
    const bytes = { sampleRate: 8000, samples: ndArray("uint8", [3, 1], Uint8Array.of(0, 128, 255)) };
    expect(Array.from(monoFloat32(bytes).data)).toEqual([-1, 0, 0.9921875]);
    const float = { sampleRate: 8000, samples: ndArray("float64", [1, 1], Float64Array.of(0.5)) };
    expect(monoFloat32(float)).toMatchObject({ dtype: "float32", shape: [1], data: Float32Array.of(0.5) });
  });
});
