package dev.resilience.instrument;

import static net.bytebuddy.matcher.ElementMatchers.isVirtual;

import java.util.Collections;
import net.bytebuddy.description.type.TypeDefinition;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.dynamic.scaffold.MethodGraph;

/**
 * All methods that a class declares, bridges too: Byte Buddy's own compiler leaves those out, and then offers none of them to
 * weave. Asks nothing of the class's ancestors. Stateless.
 */
enum DeclaredMethods implements MethodGraph.Compiler {
    INSTANCE;

    @Override
    public MethodGraph.Linked compile(TypeDefinition type) {
        return compile(type, type.asErasure());
    }

    @Override
    public MethodGraph.Linked compile(TypeDefinition type, TypeDescription viewPoint) {
        return new MethodGraph.Linked.Delegation(
                MethodGraph.Simple.of(type.getDeclaredMethods().filter(isVirtual())),
                MethodGraph.Empty.INSTANCE,
                Collections.emptyMap());
    }

    @Override
    @Deprecated
    public MethodGraph.Linked compile(TypeDescription type) {
        return compile((TypeDefinition) type);
    }

    @Override
    @Deprecated
    public MethodGraph.Linked compile(TypeDescription type, TypeDescription viewPoint) {
        return compile((TypeDefinition) type, viewPoint);
    }
}
