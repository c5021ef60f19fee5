package dev.spool.support;

import java.util.function.Function;

/** A spool over an engine that does as the test says. */
final class ScriptedSpool extends LocalSpool {

  ScriptedSpool(Builder settings, ScriptedEngine engine) {
    this(
        settings,
        context -> {
          engine.context = context;
          return engine;
        });
  }

  ScriptedSpool(Builder settings, Function<EngineContext, Engine> engine) {
    super("scripted", settings, engine);
  }

  ScriptedSpool(Builder settings, Function<EngineContext, Engine> engine, boolean doesIo) {
    super("scripted", settings, engine, doesIo);
  }

  /** Its settings. */
  static final class Builder extends LocalSpoolBuilder<Builder> {
    Builder() {
      this("scripted");
    }

    Builder(String name) {
      super(name);
    }

    @Override
    protected Builder self() {
      return this;
    }
  }
}
