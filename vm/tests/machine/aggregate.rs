//! Aggregation with and without keys.

use rowmill_vm::DataType;
use rowmill_vm::aggregates::{AggregateCall, Distinct, Filter};
use rowmill_vm::kernel::{KernelBuilder, Logic};
use rowmill_vm::program::*;
use rowmill_vm::{Form, Value, aggregates};

use crate::assembler::*;

/// Groups rows by the first `keys` columns; the rest are arguments in the calls' order.
pub(crate) fn group(columns: &[(DataType, Vec<Value>)], keys: usize, calls: Vec<AggregateCall>) -> Program {
    let mut a = Assembler::new();
    let key_types: Vec<DataType> = columns[..keys].iter().map(|(data_type, _)| data_type.clone()).collect();
    let mut types = key_types.clone();
    types.extend(calls.iter().map(|call| call.result_type.clone()));
    a.program.aggregations.push(AggregationSpec { keys: key_types, calls });
    let agg = AggId(0);
    a.op(Op::AggOpen { agg });
    let (space, registers) = a.scan(columns);
    let (keys, arguments) = (a.list(&registers[..keys]), a.list(&registers[keys..]));
    a.op(Op::AggStep { agg, space, keys, arguments });
    a.next();
    let cursor = a.cursor();
    a.op(Op::AggFinal { cursor, agg });
    let (space, registers) = a.pipeline(cursor, &types);
    a.finish(space, &registers)
}

fn call(name: &str, arguments: &[DataType]) -> AggregateCall {
    Assembler::aggregate(name, arguments)
}

const LONG: &str = "a text that is longer than twelve bytes";

#[test]
fn groups_come_in_order_of_appearance_with_null_as_a_key() {
    let keys = texts(&["b", "a", "NULL", "b", LONG, "", "NULL", LONG, "a", "abcdefg", "abcdefgh"]);
    let values = ints(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map(Some));
    let calls = vec![call("count", &[]), call("sum", &[DataType::BigInt])];
    check(
        group(&[keys, values], 1, calls),
        &format!("b|2|5\na|2|11\n~|2|10\n{LONG}|2|13\n|1|6\nabcdefg|1|10\nabcdefgh|1|11"),
    );
}

#[test]
fn bigint_keys_tell_null_from_the_smallest() {
    let keys = ints(&[Some(i64::MIN), None, Some(0), None, Some(i64::MIN)]);
    check(group(&[keys], 1, vec![call("count", &[])]), "-9223372036854775808|2\n~|2\n0|1");
}

#[test]
fn double_keys_join_zeros_and_nans() {
    let keys = (DataType::Double, [0.0, -0.0, f64::NAN, -f64::NAN, 1.5].map(Value::Double).to_vec());
    check(group(&[keys], 1, vec![call("count", &[])]), "0|2\nNaN|2\n1.5|1");
}

#[test]
fn several_keys_of_several_types() {
    let text = texts(&["x", "x", "NULL", "x"]);
    let wide = (DataType::decimal(30, 2), [5, 6, 5, 5].map(Value::Wide).to_vec());
    let flag = (DataType::Boolean, vec![Value::Boolean(true), Value::Boolean(true), NULL, Value::Boolean(true)]);
    let program = group(&[text, wide, flag], 3, vec![call("count", &[])]);
    check(program, "x|0.05|true|2\nx|0.06|true|1\n~|0.05|~|1");
}

#[test]
fn every_aggregate_over_no_rows_and_over_nulls() {
    let calls = || {
        let mut calls = vec![call("count", &[]), call("count", &[DataType::BigInt])];
        calls.extend(["sum", "avg", "min", "max"].map(|name| call(name, &[DataType::BigInt])));
        calls.extend(["min", "max"].map(|name| call(name, &[DataType::Varchar])));
        calls.extend(["bool_and", "bool_or"].map(|name| call(name, &[DataType::Boolean])));
        calls
    };
    let columns = |values: &[Option<i64>], text: &[&str], flags: &[Value]| {
        let mut columns = vec![ints(values); 5];
        columns.extend([texts(text), texts(text)]);
        columns.extend([(DataType::Boolean, flags.to_vec()), (DataType::Boolean, flags.to_vec())]);
        columns
    };
    check(group(&columns(&[], &[], &[]), 0, calls()), "0|0|~|~|~|~|~|~|~|~");
    let nulls = columns(&[None, None], &["NULL", "NULL"], &[NULL, NULL]);
    check(group(&nulls, 0, calls()), "2|0|~|~|~|~|~|~|~|~");
    let some = columns(
        &[Some(4), None, Some(-3), Some(i64::MAX)],
        &["b", LONG, "NULL", "aa"],
        &[Value::Boolean(true), NULL, Value::Boolean(false), NULL],
    );
    check(
        group(&some, 0, calls()),
        "4|3|9223372036854775808|3.0744573456182584e+18|-3|9223372036854775807|a text that is longer than twelve \
         bytes|b|false|true",
    );
}

#[test]
fn sums_are_exact_and_say_when_they_do_not_fit() {
    let wide = DataType::decimal(38, 2);
    let most = 10i128.pow(38) - 1;
    let column = |values: &[i128]| (wide.clone(), values.iter().map(|v| Value::Wide(*v)).collect::<Vec<_>>());
    let sum = |values: &[i128]| group(&[column(values)], 0, vec![call("sum", std::slice::from_ref(&wide))]);
    check(sum(&[most, most, most, -most, -most]), &format!("{}.99", "9".repeat(36)));
    check(sum(&[most, 1]), &format!("runtime error: sum 1{}.00 does not fit DECIMAL(38,2)", "0".repeat(36)));
    check(sum(&[most, most]), "runtime error: sum does not fit DECIMAL(38,2)");
}

#[test]
fn double_sums_do_not_depend_on_order() {
    let values = [1e16, 1.0, -1e16, 1.0, 0.1, 1e300, -1e300];
    let mut reversed = values;
    reversed.reverse();
    for values in [values, reversed] {
        let column = (DataType::Double, values.map(Value::Double).to_vec());
        check(group(&[column], 0, vec![call("sum", &[DataType::Double])]), "0");
    }
}

#[test]
fn distinct_and_filter() {
    let mut distinct = call("sum", &[DataType::BigInt]);
    distinct.distinct = Distinct::Distinct;
    let mut filtered = distinct.clone();
    filtered.filter = Filter::Last;
    let mut counted = call("count", &[]);
    counted.filter = Filter::Last;
    let keys = texts(&["a", "b", "a", "a", "b", "a", "b"]);
    let values = ints(&[Some(1), Some(1), Some(1), Some(2), None, Some(5), Some(7)]);
    let filter = [Some(true), Some(true), Some(true), Some(false), Some(true), None, Some(true)];
    let filter = (DataType::Boolean, filter.map(|value| value.map_or(NULL, Value::Boolean)).to_vec());
    let columns = [keys, values.clone(), values, filter.clone(), filter];
    check(group(&columns, 1, vec![distinct, filtered, counted]), "a|8|1|2\nb|8|8|3");
}

#[test]
fn many_groups() {
    let rows = 20_000;
    let keys = (0..rows).map(|row| i((row * 7919) % 5003)).collect();
    let program = group(&[(DataType::BigInt, keys)], 1, vec![call("count", &[])]);
    let verified = verify(program).expect("accepted");
    let lines = run(&verified, 1000, u64::MAX / 2).expect("a machine");
    assert_eq!(lines.len(), 5003);
    assert_eq!((lines[0].as_str(), lines[1].as_str()), ("0|4", "2916|4"));
}

#[test]
fn states_of_workers_merge() {
    let context = rowmill_vm::Context::unlimited();
    for (name, data_type) in [("sum", DataType::BigInt), ("min", DataType::Varchar), ("avg", DataType::Double)] {
        let spec = call(name, std::slice::from_ref(&data_type));
        let values: Vec<Value> = match data_type {
            DataType::BigInt => (1..=6).map(i).collect(),
            DataType::Double => (1..=6).map(|value| Value::Double(f64::from(value) / 10.0)).collect(),
            _ => ["x", LONG, "c", "d", "e", "b"].map(t).to_vec(),
        };
        let states = |values: &[Value], groups: &[u32]| {
            let mut column = rowmill_vm::Vector::empty(data_type.form());
            values.iter().for_each(|value| column.push(value));
            let mut states: Box<dyn aggregates::AggregateStates> =
                (spec.states)(&spec.argument_types, &spec.result_type);
            states.grow(2, &context).expect("memory");
            states.update(groups, &[&column], None, &context).expect("values");
            states
        };
        let whole = states(&values, &[0, 1, 0, 1, 0, 1]);
        let mut left = states(&values[..3], &[0, 1, 0]);
        left.merge(&*states(&values[3..], &[0, 1, 0]), &[(0, 1), (1, 0)]).expect("the same aggregate");
        let finish = |states: &dyn aggregates::AggregateStates| {
            let mut out = rowmill_vm::Vector::empty(spec.result_type.form());
            states.finish(0, 2, &mut out).expect("results");
            [out.value(0, &spec.result_type), out.value(1, &spec.result_type)]
        };
        assert_eq!(finish(&*whole), finish(&*left), "{name}");
    }
}

#[test]
fn accumulators_of_kernels_become_the_one_group() {
    let lane = rowmill_vm::Lane::I64;
    let mut a = Assembler::new();
    let calls = vec![call("sum", &[DataType::BigInt]), call("count", &[]), call("max", &[DataType::BigInt])];
    let types: Vec<DataType> = calls.iter().map(|call| call.result_type.clone()).collect();
    a.program.aggregations.push(AggregationSpec { keys: Vec::new(), calls });
    let agg = AggId(0);
    a.op(Op::AggOpen { agg });
    // Two pipelines, each with a kernel of its own, as UNION ALL has them.
    let mut kernels = Vec::new();
    for values in [&[Some(1), None, Some(i64::MAX)][..], &[], &[Some(i64::MAX), Some(-5)]] {
        let (space, registers) = a.scan(&[ints(values)]);
        let mut kernel = KernelBuilder::new();
        let input = kernel.input(Form::I64, true);
        let (value, valid) = (kernel.load(input), kernel.load_valid(input));
        kernel.sum(lane, value, valid);
        kernel.count(Logic::True);
        kernel.acc_max(lane, value, valid);
        a.program.kernels.push(kernel.finish());
        let kernel = KernelId(a.program.kernels.len() as u16 - 1);
        let (inputs, outputs) = (a.list(&registers), a.list(&[]));
        a.op(Op::Kernel { kernel, space, passed: space, inputs, outputs });
        a.next();
        kernels.push(kernel);
    }
    kernels.into_iter().for_each(|kernel| {
        a.op(Op::AggMerge { agg, kernel });
    });
    let cursor = a.cursor();
    a.op(Op::AggFinal { cursor, agg });
    let (space, registers) = a.pipeline(cursor, &types);
    check(a.finish(space, &registers), "18446744073709551610|5|9223372036854775807");
}
