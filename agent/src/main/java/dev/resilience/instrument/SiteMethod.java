package dev.resilience.instrument;

import net.bytebuddy.asm.Advice;
import net.bytebuddy.description.annotation.AnnotationList;
import net.bytebuddy.description.annotation.AnnotationValue;
import net.bytebuddy.description.method.MethodDescription;
import net.bytebuddy.description.method.ParameterDescription;
import net.bytebuddy.description.method.ParameterList;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.description.type.TypeList;
import net.bytebuddy.implementation.bytecode.constant.IntegerConstant;
import org.jspecify.annotations.Nullable;

/**
 * A method with the site that it is woven as, so that one {@link Advice} serves all sites: to read an advice takes longer than to
 * weave it into a method. Immutable.
 */
final class SiteMethod extends MethodDescription.InDefinedShape.AbstractBase {

    /** What stands for {@link Site} in the code that is woven into such a method. */
    static final Advice.OffsetMapping NUMBER = (type, method, assigner, arguments, sort) ->
            new Advice.OffsetMapping.Target.ForStackManipulation(IntegerConstant.forValue(((SiteMethod) method).site));

    private final MethodDescription.InDefinedShape method;
    private final int site;

    SiteMethod(MethodDescription.InDefinedShape method, int site) {
        this.method = method;
        this.site = site;
    }

    @Override
    public @Nullable TypeDescription getDeclaringType() {
        return method.getDeclaringType();
    }

    @Override
    public TypeDescription.Generic getReturnType() {
        return method.getReturnType();
    }

    @Override
    public ParameterList<ParameterDescription.InDefinedShape> getParameters() {
        return method.getParameters();
    }

    @Override
    public TypeList.Generic getExceptionTypes() {
        return method.getExceptionTypes();
    }

    @Override
    public @Nullable AnnotationValue<?, ?> getDefaultValue() {
        return method.getDefaultValue();
    }

    @Override
    public String getInternalName() {
        return method.getInternalName();
    }

    @Override
    public int getModifiers() {
        return method.getModifiers();
    }

    @Override
    public TypeList.Generic getTypeVariables() {
        return method.getTypeVariables();
    }

    @Override
    public AnnotationList getDeclaredAnnotations() {
        return method.getDeclaredAnnotations();
    }
}
