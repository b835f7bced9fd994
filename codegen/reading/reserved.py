"""Names that a spec may not give to anything, because the generated classes use them already."""

_MODULE = """
    T_destination add_module apply bfloat16 buffers call_super_init children compile cpu
    cuda double dump_patches eval extra_repr float forward get_buffer get_extra_state
    get_parameter get_submodule half ipu load_state_dict modules mtia named_buffers
    named_children named_modules named_parameters parameters register_backward_hook
    register_buffer register_forward_hook register_forward_pre_hook
    register_full_backward_hook register_full_backward_pre_hook
    register_load_state_dict_post_hook register_load_state_dict_pre_hook register_module
    register_parameter register_state_dict_post_hook register_state_dict_pre_hook
    requires_grad_ set_extra_state set_submodule share_memory state_dict to to_empty train
    training type xpu zero_grad
""".split()

_LAYER = (
    "State TTcompile TTdecompile detach_states dim in_features num_neurons step zero_states".split()
)

_SOURCE = "Layer NamedTuple Tensor TensorFunction Value annotations math nn self states super torch x".split()

RESERVED = frozenset(_MODULE + _LAYER + _SOURCE)
"""Attributes of `nn.Module` and of `tt.Layer`, and the words of the generated source itself."""
