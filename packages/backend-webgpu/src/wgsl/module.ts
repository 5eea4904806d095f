// Whole shaders of kernel calls: bindings, library functions, entry point.
import { libraryFor } from "./library.js";
import { Code, GROUP_SIZE, type KernelCall, type Operand, type SharedType } from "./kernel.js";

/** The most workgroups along one axis that every adapter takes. */
const MOST_GROUPS = 65535;

/** Workgroups along x and y; those beyond `groups` return at once. */
export function grid(groups: number): readonly [number, number] {
  if (groups <= MOST_GROUPS) return [groups, 1];
  const rows = Math.ceil(groups / MOST_GROUPS);
  return [Math.ceil(groups / rows), rows];
}

/** Declaration of a bound array. */
export function declareArray(
  binding: number,
  name: string,
  operand: Pick<Operand, "access" | "type">,
): string {
  const mode = operand.access === "read" ? "read" : "read_write";
  return `@group(0) @binding(${binding}) var<storage, ${mode}> ${name}: array<${operand.type ?? "u32"}>;`;
}

/** Where an invocation is, so that neighbouring lanes are neighbours within a subgroup, which WGSL does not say of its own index. */
const SUBGROUP_PLACES =
  "@builtin(subgroup_size) subgroup_size: u32, @builtin(subgroup_id) subgroup_id: u32,\n  @builtin(subgroup_invocation_id) subgroup_invocation_id: u32";
const SUBGROUP_LANE = "let lane = subgroup_id * subgroup_size + subgroup_invocation_id;\n";

/**
 * A shader: `declarations`, the library functions that the text uses, and `main`, which has `group` and `lane`. `shared` words of
 * workgroup memory are an array of `sharedType`.
 */
export function shader(
  declarations: string,
  size: number,
  shared: number,
  body: string,
  sharedType: SharedType = "f32",
): string {
  const elements = sharedType.startsWith("vec4") ? Math.ceil(shared / 4) : shared;
  const memory = shared > 0 ? `var<workgroup> shared_words: array<${sharedType}, ${elements}>;\n` : "";
  const library = libraryFor(body);
  const zero = library.includes("zero_word") ? "zero_word = group_count.z - 1u;\n" : "";
  const subgroups = body.includes("subgroup_size");
  const half = `${declarations}${memory}`.includes("<f16>");
  return `${half ? "enable f16;\n" : ""}${subgroups ? "enable subgroups;\n" : ""}${declarations}
${memory}${library}
@compute @workgroup_size(${size})
fn main(@builtin(workgroup_id) group_id: vec3<u32>, @builtin(num_workgroups) group_count: vec3<u32>,
  ${subgroups ? SUBGROUP_PLACES : "@builtin(local_invocation_index) lane: u32"}) {
${subgroups ? SUBGROUP_LANE : ""}let group = group_id.x + group_id.y * group_count.x;
${zero}${body}
}
`;
}

/** The shader of one eager call: its parameters are in a uniform, so that it serves all calls with the same key. */
export function eagerShader(call: KernelCall): string {
  const names = call.operands.map((_, i) => `b${i}`);
  const lines = call.operands.map((o, i) => declareArray(i + 1, names[i]!, o));
  const vectors = Math.ceil(call.params.length / 4);
  if (vectors > 0) lines.push(`@group(0) @binding(0) var<uniform> params: array<vec4<u32>, ${vectors}>;`);
  const code = new Code(call.operands, names, (i) => `params[${i >> 2}].${"xyzw"[i & 3]}`);
  return shader(
    lines.join("\n"),
    call.size ?? GROUP_SIZE,
    call.shared ?? 0,
    call.code(code),
    call.sharedType,
  );
}
