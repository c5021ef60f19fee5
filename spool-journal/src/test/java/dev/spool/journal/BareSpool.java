package dev.spool.journal;

import dev.spool.support.Engine;
import dev.spool.support.EngineContext;
import dev.spool.support.LocalSpool;
import dev.spool.support.LocalSpoolBuilder;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/** A spool that holds nothing, for tests of parts that ask for a context. */
final class BareSpool extends LocalSpool {
  private final EngineContext context;

  private BareSpool(AtomicReference<EngineContext> context) {
    super(
        "bare",
        new Builder(),
        opening -> {
          context.set(opening);
          return nothing();
        });
    this.context = context.get();
  }

  static BareSpool open() {
    return new BareSpool(new AtomicReference<>());
  }

  EngineContext context() {
    return context;
  }

  private static Engine nothing() {
    return (Engine)
        Proxy.newProxyInstance(
            Engine.class.getClassLoader(),
            new Class<?>[] {Engine.class},
            (proxy, method, arguments) -> method.getReturnType() == List.class ? List.of() : null);
  }

  private static final class Builder extends LocalSpoolBuilder<Builder> {
    Builder() {
      super("bare");
    }

    @Override
    protected Builder self() {
      return this;
    }
  }
}
