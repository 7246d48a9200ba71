// All points of the map by WebGL 2: places, colours, shapes and states lie on the graphics card, so
// that a frame costs the same wherever the view is.

const SYMBOLS = ["●", "◆", "■", "✚", "▲", "✖", "★"]; // as the shader draws them

const VERTEX = `#version 300 es
in vec2 place;
in vec4 colour;
in float shape;
in float state;
uniform vec2 middle;
uniform vec2 scale;
uniform float size;
uniform float fade;
out vec4 tint;
flat out int kind;
void main() {
  gl_Position = vec4((place - middle) * scale, 0.0, 1.0);
  bool chosen = state > 1.5;
  gl_PointSize = size * (chosen ? 1.35 : 1.0);
  tint = vec4(colour.rgb, colour.a * (state > 0.5 && !chosen ? fade : 0.88));
  kind = int(shape + 0.5);
}`;

// How far a place is from the edge of its shape, in half sizes of the point; below 0 is inside.
const FRAGMENT = `#version 300 es
precision highp float;
in vec4 tint;
flat in int kind;
uniform float size;
out vec4 drawn;
float edge(vec2 p) {
  vec2 a = abs(p);
  if (kind == 1) return (a.x + a.y) - 1.0;
  if (kind == 2) return max(a.x, a.y) - 0.8;
  if (kind == 3) return max(min(a.x, a.y) - 0.32, max(a.x, a.y) - 0.95);
  if (kind == 4) return max(p.y - 0.75, (a.x * 1.75 - p.y - 0.85) * 0.55);
  if (kind == 5) {
    vec2 r = abs(vec2(p.x + p.y, p.x - p.y)) * 0.7071;
    return max(min(r.x, r.y) - 0.3, max(r.x, r.y) - 0.95);
  }
  if (kind == 6) {
    float turn = mod(atan(p.x, -p.y) + 0.6283, 1.2566) - 0.6283;
    return length(p) - mix(1.0, 0.45, abs(turn) / 0.6283);
  }
  return length(p) - 0.9;
}
void main() {
  float soft = 2.0 / size;
  float inside = 1.0 - smoothstep(-soft, soft, edge(2.0 * gl_PointCoord - 1.0));
  float alpha = tint.a * inside;
  if (alpha < 0.004) discard;
  drawn = vec4(tint.rgb * alpha, alpha);
}`;

const BUFFERS = { place: 2, colour: 4, shape: 1, state: 1 };

class Drawing {
  // `canvas` must have no other context; `works` says whether there is WebGL 2.
  constructor(canvas) {
    this.canvas = canvas;
    this.gl = canvas.getContext("webgl2", { antialias: false, premultipliedAlpha: true });
    this.works = this.gl !== null;
    this.count = 0;
    if (this.works) this.build();
  }

  build() {
    const { gl } = this;
    this.program = gl.createProgram();
    for (const [type, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
      const shader = gl.createShader(type);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(this.program, shader);
    }
    gl.linkProgram(this.program);
    gl.useProgram(this.program);
    this.buffers = Object.fromEntries(Object.entries(BUFFERS).map(([name, size]) => [name, this.buffer(name, size)]));
    this.order = gl.createBuffer();
    this.uniforms = Object.fromEntries(
      ["middle", "scale", "size", "fade"].map((name) => [name, gl.getUniformLocation(this.program, name)]),
    );
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  }

  buffer(name, size) {
    const { gl } = this;
    const [made, place] = [gl.createBuffer(), gl.getAttribLocation(this.program, name)];
    const type = name === "place" ? gl.FLOAT : gl.UNSIGNED_BYTE;
    gl.bindBuffer(gl.ARRAY_BUFFER, made);
    gl.enableVertexAttribArray(place);
    gl.vertexAttribPointer(place, size, type, name === "colour", 0, 0);
    return made;
  }

  // Arrays by the names of BUFFERS, and `order`: rows in the order of drawing.
  put({ order, ...arrays }) {
    const { gl } = this;
    for (const [name, values] of Object.entries(arrays)) {
      gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers[name]);
      gl.bufferData(gl.ARRAY_BUFFER, values, gl.DYNAMIC_DRAW);
    }
    if (!order) return;
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.order);
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, order, gl.DYNAMIC_DRAW);
    this.count = order.length;
  }

  // `fade`: how opaque the faint points are.
  draw(view, size, fade) {
    const { gl, canvas, uniforms } = this;
    const dense = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(view.width * dense), Math.round(view.height * dense)];
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    gl.viewport(0, 0, width, height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    if (!this.count) return;
    gl.uniform2f(uniforms.middle, view.x, view.y);
    gl.uniform2f(uniforms.scale, (2 * view.scale) / view.width, (2 * view.scale) / view.height);
    gl.uniform1f(uniforms.size, size * dense);
    gl.uniform1f(uniforms.fade, fade);
    gl.drawElements(gl.POINTS, this.count, gl.UNSIGNED_INT, 0);
  }
}

function pairs(xs, ys) {
  const together = new Float32Array(2 * xs.length);
  for (let row = 0; row < xs.length; row += 1) {
    together[2 * row] = xs[row];
    together[2 * row + 1] = ys[row];
  }
  return together;
}
