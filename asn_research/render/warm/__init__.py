"""Kernels forked from a warm parent: real, isolated, fresh ipykernels without their start-up.

Stands alone: it knows jupyter_client and ipykernel and nothing of this toolkit. A kernelspec names
the provisioner ``warm-fork`` and the modules that the parent imports; papermill, nbclient, nbconvert
and nbval then use it unchanged. See `provisioner` for the client's side and `parent` for the other.
"""
