throw new Error(
  "\u001b[2J\u001b]0;title\u0007\u202e\r\n" +
    "PLUGIN_AUDIT: good - plugin.disabled {}\n\u2028\ud800",
);
