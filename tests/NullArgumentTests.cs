using System.Reflection;

namespace NegSamples.Tests;

/// <summary>A newcomer's null is refused by the name of the argument: of every public constructor and static method that takes a reference.</summary>
public class NullArgumentTests
{
    public static TheoryData<string> Libraries => [.. new[] { "Files", "Kernels", "Theory", "Augment", "Training", "Study", "Report" }];

    [Theory]
    [MemberData(nameof(Libraries))]
    public void ANullIsRefusedByName(string library)
    {
        NullabilityInfoContext context = new();
        List<string> wrong = [];
        int calls = 0;
        foreach (MethodBase method in Assembly.Load("NegSamples." + library).GetExportedTypes().Where(type => !type.ContainsGenericParameters).SelectMany(Methods))
        {
            ParameterInfo[] parameters = method.GetParameters();
            if (Array.Exists(parameters, one => one.ParameterType.IsByRefLike || one.ParameterType.IsByRef || one.ParameterType.IsPointer)) continue;
            if (!Array.Exists(parameters, one => !one.ParameterType.IsValueType && context.Create(one).WriteState == NullabilityState.NotNull)) continue;
            calls++;
            object?[] values = Array.ConvertAll(parameters, one => one.HasDefaultValue && one.DefaultValue is not null ? one.DefaultValue
                : one.ParameterType.IsValueType ? Activator.CreateInstance(one.ParameterType) : null);
            try
            {
                if (method is ConstructorInfo constructor) constructor.Invoke(values);
                else method.Invoke(null, values);
            }
            catch (TargetInvocationException fault)
            {
                if (fault.InnerException is not ArgumentException { ParamName: { } name } || !Array.Exists(parameters, one => one.Name == name))
                    wrong.Add($"{method.DeclaringType!.Name}.{method.Name}: {fault.InnerException!.GetType().Name}: {fault.InnerException.Message}");
            }
        }

        Assert.True(calls > 0);
        Assert.Empty(wrong);
    }

    private static IEnumerable<MethodBase> Methods(Type type) =>
        type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly).Where(method => !method.IsSpecialName && !method.ContainsGenericParameters)
            .Concat<MethodBase>(type.IsAbstract ? [] : type.GetConstructors());
}
