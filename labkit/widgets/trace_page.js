/* What the page calls to show a trace: the last part of the module, below `trace_view.js`. */

export default {
  render({ model, el }) {
    new TraceView(model.get("data"), el);
  },
};
