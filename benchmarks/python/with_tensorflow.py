"""The cases in TensorFlow: single operators eagerly, training steps with Keras layers in one tf.function, as fit does."""
import numpy as np
import tensorflow as tf

import keras


def start(threads):
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    return f"{tf.__version__}, keras {keras.__version__}"


def dispatch(t, attrs):
    y = t["a"]
    for _ in range(attrs["repeats"]):
        y = y + t["b"]
    return y


def conv(t, attrs):
    if attrs["groups"] > 1:
        return tf.nn.depthwise_conv2d(t["x"], t["w"], [1, 1, 1, 1], "SAME")
    return tf.nn.conv2d(t["x"], t["w"], 1, "SAME")


def layer_norm(t, attrs):
    """As the Keras layer computes it."""
    mean, variance = tf.nn.moments(t["x"], [-1], keepdims=True)
    return tf.nn.batch_normalization(t["x"], mean, variance, t["bias"], t["scale"], 1e-5)


OPS = {
    "matmul": lambda t, a: tf.matmul(t["a"], t["b"]),
    "conv": conv,
    "exp": lambda t, a: tf.exp(t["x"]),
    "tanh": lambda t, a: tf.tanh(t["x"]),
    "gelu": lambda t, a: tf.nn.gelu(t["x"]),
    "softmax": lambda t, a: tf.nn.softmax(t["x"]),
    "layernorm": layer_norm,
    "sum": lambda t, a: tf.reduce_sum(t["x"]),
    "transpose": lambda t, a: tf.transpose(t["x"]),
    "dispatch": dispatch,
}


def mlp(attrs, x, p):
    sizes = attrs["sizes"][1:]
    layers = [keras.layers.Dense(n, activation="relu" if i + 1 < len(sizes) else None) for i, n in enumerate(sizes)]
    net = keras.Sequential([keras.layers.Input(x.shape[1:]), *layers])
    net.set_weights([a.T if a.ndim == 2 else a for a in p])
    return net, x


def cnn(attrs, x, p):
    layers = keras.layers
    net = keras.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.MaxPool2D(),
            layers.Conv2D(64, 3, padding="same", activation="relu"),
            layers.MaxPool2D(),
            layers.Flatten(),
            layers.Dense(10),
        ]
    )
    w1, b1, w2, b2, w3, b3 = p
    hwio = (2, 3, 1, 0)
    dense = w3.reshape(10, 64, 7, 7).transpose(hwio).reshape(64 * 49, 10)
    net.set_weights([w1.transpose(hwio), b1, w2.transpose(hwio), b2, dense, b3])
    return net, x.transpose(0, 2, 3, 1)


def lstm(attrs, x, p):
    w_ih, w_hh, b_ih, b_hh, w, b = p
    layers = [keras.layers.LSTM(attrs["units"]), keras.layers.Dense(10)]
    net = keras.Sequential([keras.layers.Input((attrs["steps"], attrs["features"])), *layers])
    net.set_weights([w_ih.T, w_hh.T, b_ih + b_hh, w.T, b])
    return net, x.transpose(1, 0, 2)


MODELS = {"mlp": mlp, "cnn": cnn, "lstm": lstm}


def train(attrs, arrays):
    (_, x), (_, y), *given = arrays
    net, x = MODELS[attrs["model"]](attrs, x, [a for _, a in given])
    optimizer = keras.optimizers.Adam(attrs["learningRate"], epsilon=1e-8)
    optimizer.build(net.trainable_variables)
    cost = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    images, classes = tf.constant(np.ascontiguousarray(x)), tf.constant(y.astype(np.int64))

    @tf.function
    def step(images, classes):
        with tf.GradientTape() as tape:
            loss = cost(classes, net(images, training=True))
        variables = net.trainable_variables
        optimizer.apply(tape.gradient(loss, variables), variables)
        return loss

    return {"call": lambda: step(images, classes), "loss": lambda: step(images, classes).numpy()}


def prepare(kind, attrs, arrays):
    if kind == "model":
        raise NotImplementedError("no model file of its own format")
    if kind == "train":
        return train(attrs, arrays)
    values = dict(arrays)
    if kind == "conv":
        values["x"] = values["x"].transpose(0, 2, 3, 1)
        values["w"] = values["w"].transpose((2, 3, 0, 1) if attrs["groups"] > 1 else (2, 3, 1, 0))
    tensors = {name: tf.constant(np.ascontiguousarray(a)) for name, a in values.items()}
    op = OPS[kind]

    def result():
        y = op(tensors, attrs).numpy()
        return y.transpose(0, 3, 1, 2) if kind == "conv" else y

    return {"call": lambda: op(tensors, attrs), "result": result}
